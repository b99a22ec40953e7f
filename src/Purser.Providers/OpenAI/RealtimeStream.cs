using Purser.Core.Usage;
using Purser.Providers.Bodies;
using Purser.Providers.Streams;

namespace Purser.Providers.OpenAI;

/// <summary>
/// The events of a realtime session, a line of JSON each. Each response in it is billed for itself, at its <c>response.done</c>: the session's
/// usage is their sum. A session may end at any time when no response is open.
/// </summary>
internal sealed class RealtimeStream(BodyReader body, string? model) : StreamEvents
{
    private long open;
    private long done;

    /// <inheritdoc/>
    public override bool IsFinal => done > 0 && open <= 0;

    /// <inheritdoc/>
    public override string WhyNotFinal => open > 0 ? "the session ended within a response" : "the session has no response";

    /// <inheritdoc/>
    protected override bool Read(ReadOnlySpan<byte> name, ReadOnlySpan<byte> data)
    {
        var type = TypeOf(data, out var isObject);
        if (type.SequenceEqual("response.created"u8))
        {
            open++;
        }
        else if (type.SequenceEqual("response.done"u8))
        {
            open = Math.Max(0, open - 1);
            done++;
            Add(data);
        }
        else if (type.SequenceEqual("session.created"u8) || type.SequenceEqual("session.updated"u8))
        {
            NoteModel(BodyScan.Text(BodyScan.Member(data, "session"u8), "model"u8));
        }
        else if (
            type.SequenceEqual("conversation.item.input_audio_transcription.completed"u8)
            && BodyScan.Member(data, "usage"u8) is [(byte)'{', ..]
        )
        {
            Reading.AddViolation("a transcription of the input was billed on another model");
        }
        Reading.SawError |= type.SequenceEqual("error"u8);
        return isObject;
    }

    private void NoteModel(string? named)
    {
        if (named is not null && Reading.ServedModel is { } known && known != named)
        {
            Reading.AddViolation("the session changes its model");
        }
        Reading.ServedModel = named ?? Reading.ServedModel;
    }

    private void Add(ReadOnlySpan<byte> data)
    {
        var one = BodyReader.NewReading();
        body.ReadInto(data, model, one);
        NoteModel(one.ServedModel);
        if (one.Violation is not null || !one.HasUsage)
        {
            Reading.AddViolation(one.Violation ?? "the usage is missing");
            return;
        }
        var sum = Reading.Usage;
        for (var index = 0; index < TokenUsage.ClassCount; index++)
        {
            var both = sum[(UsageClass)index] + one.Usage[(UsageClass)index];
            if (both > UsageReading.MaxCount)
            {
                Reading.AddViolation("a usage figure is beyond belief");
            }
            sum[(UsageClass)index] = Math.Min(UsageReading.MaxCount, both);
        }
        Reading.Usage = sum;
        Reading.HasUsage = true;
    }
}
