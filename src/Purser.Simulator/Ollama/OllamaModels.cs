using System.Text.Json;
using Purser.Simulator.Http;
using Purser.Simulator.Requests;

namespace Purser.Simulator.Ollama;

/// <summary>What Ollama says of itself and its models.</summary>
internal static class OllamaModels
{
    private static readonly string[] Models = ["gpt-oss:20b", "llama3.2:latest", "nomic-embed-text:latest", "qwen3:8b"];

    /// <summary>Writes the version.</summary>
    public static void WriteVersion(OutputBuffer to) => to.Add("{\"version\":\"0.30.0\"}"u8);

    /// <summary>Writes the models that are there.</summary>
    public static void WriteTags(OutputBuffer to)
    {
        to.Add("{\"models\":["u8);
        foreach (var model in Models)
        {
            to.Add(model == Models[0] ? ""u8 : ","u8).Add("{\"name\":"u8).AddJson(model).Add(",\"model\":"u8).AddJson(model);
            to.Add(",\"modified_at\":\"2026-01-01T00:00:00.000000000Z\",\"size\":2019393189,\"digest\":"u8).AddJson(new string('0', 64));
            WriteDetails(to.Add(","u8), model);
            to.Add("}"u8);
        }

        to.Add("]}"u8);
    }

    /// <summary>Writes one model; any name is served but those that start with <c>no-such-</c>.</summary>
    /// <returns>What is wrong with the request; null when nothing is.</returns>
    public static RequestError? WriteOne(OutputBuffer to, ReadOnlySpan<byte> body)
    {
        string? name;
        try
        {
            var asked = Json.Parse(new Utf8JsonReader(body));
            name = Json.Text(asked, "model") ?? Json.Text(asked, "name");
        }
        catch (JsonException)
        {
            return OllamaErrors.NotJson;
        }

        if (name is null or "" || name.StartsWith("no-such-", StringComparison.Ordinal))
        {
            return name is null or "" ? OllamaErrors.NoModel : OllamaErrors.NoSuchModel(name);
        }

        to.Add("{\"license\":\"\",\"modelfile\":"u8)
            .AddJson($"FROM {name}\n")
            .Add(",\"parameters\":\"\",\"template\":\"{{ .Prompt }}\","u8);
        WriteDetails(to, name);
        to.Add(
            ",\"model_info\":{\"general.architecture\":\"llama\",\"general.parameter_count\":3212749888,\"llama.context_length\":131072}"u8
        );
        to.Add(",\"capabilities\":[\"completion\",\"tools\",\"thinking\"],\"modified_at\":\"2026-01-01T00:00:00.000000000Z\"}"u8);
        return null;
    }

    private static void WriteDetails(OutputBuffer to, string model)
    {
        var end = model.AsSpan().IndexOfAny(':', '.');
        var family = end > 0 ? model[..end] : model;
        to.Add("\"details\":{\"parent_model\":\"\",\"format\":\"gguf\",\"family\":"u8).AddJson(family).Add(",\"families\":["u8);
        to.AddJson(family).Add("],\"parameter_size\":\"3.2B\",\"quantization_level\":\"Q4_K_M\"}"u8);
    }
}
