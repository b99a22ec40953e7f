using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Purser.Providers.Translation.Gemini;

/// <summary>The log probabilities of a candidate, in the form of chat completions.</summary>
internal static class GeminiLogProbs
{
    /// <summary>Reads <c>logprobsResult</c>; null where there is none.</summary>
    public static JsonElement? Read(JsonElement candidate)
    {
        if (!candidate.Has("logprobsResult", out var result) || !result.Has("chosenCandidates", out _))
        {
            return null;
        }
        var others = result.List("topCandidates").ToList();
        var output = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(output, ErrorJson.Options))
        {
            writer.WriteStartArray();
            var index = 0;
            foreach (var chosen in result.List("chosenCandidates"))
            {
                writer.WriteStartObject();
                WriteToken(writer, chosen);
                writer.WriteStartArray("top_logprobs");
                foreach (var other in index < others.Count ? others[index].List("candidates") : [])
                {
                    writer.WriteStartObject();
                    WriteToken(writer, other);
                    writer.WriteEndObject();
                }
                writer.WriteEndArray();
                writer.WriteEndObject();
                index++;
            }
            writer.WriteEndArray();
        }
        return JsonDocument.Parse(output.WrittenMemory).RootElement;
    }

    private static void WriteToken(Utf8JsonWriter writer, JsonElement token)
    {
        var text = token.Text("token") ?? "";
        writer.WriteString("token", text);
        if (token.Has("logProbability", out var probability) && probability.ValueKind == JsonValueKind.Number)
        {
            writer.WriteJson("logprob", probability);
        }
        else
        {
            writer.WriteNumber("logprob", 0);
        }
        writer.WriteStartArray("bytes");
        foreach (var one in Encoding.UTF8.GetBytes(text))
        {
            writer.WriteNumberValue(one);
        }
        writer.WriteEndArray();
    }
}
