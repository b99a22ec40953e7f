using System.Buffers;
using System.Text.Json;
using Purser.Core.Usage;

namespace Purser.Providers.Ollama;

/// <summary>Relays a stream of Ollama's answers, a line each, as it is; the last one, which says that it's done, has the counts.</summary>
internal sealed class OllamaRelay(UsageReading reading, RequestFacts facts, bool isChat) : LineRelay(reading)
{
    // English text has about four bytes a token. The figure is for the client's display; nothing is billed by it.
    private const int BytesPerToken = 4;

    private string? createdAt;
    private bool hadText;
    private bool hadTool;
    private bool hasBegun;

    /// <inheritdoc/>
    protected override bool Inspect(ReadOnlySpan<byte> line, IBufferWriter<byte> output)
    {
        var found = new OllamaEvent { CreatedAt = createdAt };
        if (!OllamaAnswer.TryWalk(line, Reading, ref found))
        {
            return false;
        }
        Reading.StructureTokens += hasBegun ? 0 : UsageReading.PartTokens;
        hasBegun = true;
        createdAt = found.CreatedAt;
        hadText |= found.TextBytes > 0;
        hadTool |= found.CallsTool;
        Reading.Terminated |= found.IsDone;
        // Thinking is shown where it's asked for; what a model hides without that comes before its first output.
        Reading.MayThinkUnseen = !Reading.Terminated && Reading.OutputEvents == 0;
        // A last line that has text itself would come after the closing one.
        var endsText = found.IsDone && found.TextBytes == 0 && hadText && !hadTool && !facts.TextIsJson;
        if (endsText && TakeClosing() is { } text)
        {
            WriteLine(text, isLast: false, output);
        }
        return true;
    }

    /// <inheritdoc/>
    protected override void WriteEnd(string? notice, IBufferWriter<byte> output)
    {
        var isSafe = notice is not null && !hadTool && !facts.TextIsJson;
        WriteLine(isSafe ? $"{(hadText ? "\n\n" : "")}[Purser: {notice}]" : "", isLast: true, output);
    }

    /// <inheritdoc/>
    protected override void WriteErrorLine(in WireError error, IBufferWriter<byte> output)
    {
        OllamaError.Write(output, error);
        output.Write("\n"u8);
    }

    private void WriteLine(string text, bool isLast, IBufferWriter<byte> output)
    {
        using (var writer = new Utf8JsonWriter(output, ErrorJson.Options))
        {
            writer.WriteStartObject();
            writer.WriteString("model"u8, Reading.ServedModel ?? facts.Model);
            writer.WriteString("created_at"u8, createdAt ?? "1970-01-01T00:00:00Z");
            if (isChat)
            {
                writer.WriteStartObject("message"u8);
                writer.WriteString("role"u8, "assistant"u8);
                writer.WriteString("content"u8, text);
                writer.WriteEndObject();
            }
            else
            {
                writer.WriteString("response"u8, text);
            }
            writer.WriteBoolean("done"u8, isLast);
            if (isLast)
            {
                WriteCounts(writer);
            }
            writer.WriteEndObject();
        }
        output.Write("\n"u8);
    }

    private void WriteCounts(Utf8JsonWriter writer)
    {
        writer.WriteString("done_reason"u8, "length"u8);
        writer.WriteNumber("prompt_eval_count"u8, Reading.Usage[UsageClass.Input]);
        writer.WriteNumber("eval_count"u8, (Reading.RelayedOutputBytes + BytesPerToken - 1) / BytesPerToken);
    }
}
