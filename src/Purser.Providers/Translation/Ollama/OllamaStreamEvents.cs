using System.Text;
using System.Text.Json;
using Purser.Providers.Bodies;

namespace Purser.Providers.Translation.Ollama;

/// <summary>Reads the lines of a stream of Ollama's: each is an answer with the next piece, and the last says that it's done.</summary>
internal sealed class OllamaStreamEvents(AnswerContext context) : ProviderEvents(context)
{
    private BlockPart? open;
    private int block;
    private int calls;
    private bool hasFinished;

    /// <inheritdoc/>
    protected override bool IsWhole => false;

    /// <inheritdoc/>
    protected override bool ReadEvent(ReadOnlySpan<byte> name, ReadOnlySpan<byte> data)
    {
        var reader = new Utf8JsonReader(data, BodyReader.Json);
        var root = JsonElement.ParseValue(ref reader);
        while (reader.Read()) { }
        if (root.ValueKind != JsonValueKind.Object)
        {
            return false;
        }
        if (root.Has("error", out var error))
        {
            Fail(ErrorBody.Error(500, null, error.ValueKind == JsonValueKind.String ? error.GetString() : error.Text("message")));
            return true;
        }
        GiveStart(null, root.Text("model"));
        if (root.Has("message", out var message))
        {
            Take(message);
        }
        if (OllamaAnswer.LogProbs(root) is { } list)
        {
            Give(new CanonicalEvent { Kind = CanonicalEventKind.LogProbs, Text = Encoding.UTF8.GetBytes(list.GetRawText()) });
        }
        if (root.Has("done", out var done) && done.ValueKind == JsonValueKind.True)
        {
            Close(OllamaAnswer.Stop(root.Text("done_reason"), calls > 0));
            if (OllamaAnswer.ReadUsage(root) is { } usage)
            {
                GiveUsage(usage);
            }
            GiveEnd();
        }
        return true;
    }

    /// <inheritdoc/>
    protected override void CloseBlocks() => Close(StopReason.Unknown);

    private void Close(StopReason stop)
    {
        CloseText();
        if (!hasFinished)
        {
            hasFinished = true;
            GiveFinish(0, stop);
        }
    }

    private void Take(JsonElement message)
    {
        GiveText(BlockPart.Reasoning, message.Text("thinking"));
        GiveText(BlockPart.Text, message.Text("content"));
        foreach (var call in message.List("tool_calls"))
        {
            if (!call.Has("function", out var function) || function.Text("name") is not { Length: > 0 } name)
            {
                continue;
            }
            CloseText();
            var read = OllamaMessages.ReadCall(call, function, name, ToolCallIds.Of(Context.Id, calls++));
            var number = GiveBlockStart(0, BlockPart.ToolCall, read.Id, read.Name);
            GiveDelta(0, number, BlockPart.ToolCall, Encoding.UTF8.GetBytes(read.Arguments));
            GiveBlockEnd(0, number, BlockPart.ToolCall);
        }
    }

    private void GiveText(BlockPart part, string? text)
    {
        if (string.IsNullOrEmpty(text))
        {
            return;
        }
        if (open is not null && open != part)
        {
            CloseText();
        }
        if (open is null)
        {
            open = part;
            block = GiveBlockStart(0, part);
        }
        GiveDelta(0, block, part, Encoding.UTF8.GetBytes(text));
    }

    private void CloseText()
    {
        if (open is { } part)
        {
            open = null;
            GiveBlockEnd(0, block, part);
        }
    }
}
