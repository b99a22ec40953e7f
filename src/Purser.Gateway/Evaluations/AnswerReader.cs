using System.Text;
using System.Text.Json;
using Purser.Providers.Translation;

namespace Purser.Gateway.Evaluations;

/// <summary>Reads an answer in a client's format as text: what the model said, and which tools it calls. Its reasoning isn't in it.</summary>
internal static class AnswerReader
{
    /// <summary>The text; null where the answer can't be read, is no whole one, or is empty.</summary>
    /// <param name="format">The client's format.</param>
    /// <param name="request">The request that is answered.</param>
    /// <param name="body">The answer's body, as the client got it.</param>
    /// <param name="mediaType">Its media type, or null.</param>
    public static string? Read(FormatTranslator format, CanonicalRequest request, ReadOnlyMemory<byte> body, string? mediaType)
    {
        var context = new AnswerContext(request, "answer", Created: 0);
        var isJson = mediaType?.StartsWith("application/json", StringComparison.OrdinalIgnoreCase) == true;
        if (isJson && body.Span.TrimStart(" \t\r\n"u8) is [(byte)'{', ..])
        {
            var parts = format.ReadResponse(body, context).Response?.Choices[0].Parts;
            return NotEmpty(string.Concat((parts ?? []).Select(TextOf)));
        }

        var said = new Said();
        using var reader = format.CreateStreamReader(context);
        // Gemini's streams are one JSON array where the client wants no events.
        reader.Feed(isJson ? EventsOf(body) : body.Span, said);
        reader.End(said);
        return said.IsWhole ? NotEmpty(said.Text) : null;
    }

    /// <summary>A part of a message or an answer as text; empty for what isn't any.</summary>
    public static string TextOf(CanonicalPart part) =>
        part switch
        {
            TextPart text => text.Text,
            RefusalPart refusal => refusal.Text,
            ToolCallPart call => $"\n[calls the tool {call.Name} with {call.Arguments}]\n",
            ToolResultPart result => $"\n[the tool returned: {string.Concat(result.Parts.Select(TextOf))}]\n",
            _ => "",
        };

    private static string? NotEmpty(string text) => text.Trim() is { Length: > 0 } trimmed ? trimmed : null;

    private static ReadOnlySpan<byte> EventsOf(ReadOnlyMemory<byte> array)
    {
        try
        {
            using var json = JsonDocument.Parse(array);
            var events = new StringBuilder();
            foreach (var item in json.RootElement.ValueKind == JsonValueKind.Array ? json.RootElement.EnumerateArray() : default)
            {
                events.Append("data: ").Append(JsonSerializer.Serialize(item)).Append("\n\n");
            }

            return Encoding.UTF8.GetBytes(events.ToString());
        }
        catch (JsonException)
        {
            return default;
        }
    }

    /// <summary>Gathers the first choice of a stream.</summary>
    private sealed class Said : CanonicalEvents
    {
        private readonly SortedDictionary<int, StringBuilder> blocks = [];

        public bool IsWhole { get; private set; }

        public string Text => string.Concat(blocks.Values.Select(block => block.ToString()));

        public override void Take(in CanonicalEvent next)
        {
            IsWhole |= next.Kind == CanonicalEventKind.End;
            var isCall = next.Part is BlockPart.ToolCall or BlockPart.FreeformCall;
            if (next.Choice != 0 || !(isCall || next.Part is BlockPart.Text or BlockPart.Refusal))
            {
                return;
            }

            switch (next.Kind)
            {
                case CanonicalEventKind.BlockStart when isCall:
                    Block(next.Block).Append($"\n[calls the tool {next.Name} with ");
                    break;
                case CanonicalEventKind.Delta:
                    Block(next.Block).Append(Encoding.UTF8.GetString(next.Text));
                    break;
                case CanonicalEventKind.BlockEnd when isCall:
                    Block(next.Block).Append("]\n");
                    break;
            }
        }

        private StringBuilder Block(int index) => blocks.TryGetValue(index, out var block) ? block : blocks[index] = new StringBuilder();
    }
}
