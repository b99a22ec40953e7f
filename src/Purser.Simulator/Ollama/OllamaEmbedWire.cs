using System.Text.Json;
using Purser.Simulator.Answers;
using Purser.Simulator.Http;
using Purser.Simulator.Requests;

namespace Purser.Simulator.Ollama;

/// <summary>The format of Ollama's <c>/api/embed</c>.</summary>
internal sealed class OllamaEmbedWire() : OllamaWire(isChat: false)
{
    public override ulong Seed => 7;

    public override ChatRequest? Read(RequestBody body, out RequestError? error)
    {
        try
        {
            return Read(body, Json.Parse(body.Reader()), out error);
        }
        catch (JsonException)
        {
            error = OllamaErrors.NotJson;
            return null;
        }
    }

    public override void WriteAnswer(OutputBuffer to, Exchange exchange)
    {
        var embedding = exchange.Request.Embedding!;
        to.Add("{\"model\":\""u8).Add(exchange.Request.Model.NameJson).Add("\",\"embeddings\":["u8);
        for (var i = 0; i < embedding.Inputs.Count; i++)
        {
            Vectors.Write(to.Add(i == 0 ? ""u8 : ","u8), Vectors.Of(embedding.Inputs[i].Seed, embedding.Dimensions));
        }

        to.Add("]"u8);
        if (exchange.SaysUsage)
        {
            var tokens = exchange.Prompt.Total;
            to.Add(",\"total_duration\":"u8).Add(1_000_000 + tokens * 100_000).Add(",\"load_duration\":1000000"u8);
            to.Add(",\"prompt_eval_count\":"u8).Add(tokens);
        }

        to.Add("}"u8);
    }

    private static ChatRequest? Read(RequestBody body, JsonElement asked, out RequestError? error)
    {
        var name = Json.Text(asked, "model") ?? "";
        var input = Json.Get(asked, "input") ?? default;
        var facts = body.Models.Get(name);
        List<JsonElement> texts = input.ValueKind == JsonValueKind.Array ? [.. input.EnumerateArray()] : [input];
        error =
            name.Length == 0 ? OllamaErrors.NoModel
            : !facts.Exists ? OllamaErrors.NoSuchModel(name)
            : texts.Any(text => text.ValueKind != JsonValueKind.String) ? OllamaErrors.Invalid("invalid input type")
            : null;
        if (error is not null)
        {
            return null;
        }

        var meter = body.Meter(facts, steps: false);
        string? marker = null;
        var inputs = new List<EmbeddingInput>();
        foreach (var text in texts)
        {
            inputs.Add(EmbeddingInput.OfText(text.GetString()!, meter, ref marker));
        }

        var dimensions = Json.Integer(asked, "dimensions") ?? EmbeddingRequest.DimensionsOf(name);
        return new ChatRequest
        {
            Model = facts,
            Choices = 0,
            ServiceTier = "default",
            Embedding = new EmbeddingRequest((int)Math.Clamp(dimensions, 1, EmbeddingRequest.MostDimensions), inputs, []),
            PromptTokens = meter.Tokens,
            Marker = marker,
        };
    }
}
