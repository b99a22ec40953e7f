using System.Text;
using Purser.Providers.Bodies;

namespace Purser.Providers.Streams;

/// <summary>A format whose last event, known by its <c>type</c>, has the usage: OpenAI's images, speech and transcriptions.</summary>
/// <param name="body">Reads that event.</param>
/// <param name="model">The model that was asked for, if that is known.</param>
/// <param name="endTypes">The types of such an event.</param>
internal sealed class DoneStream(BodyReader body, string? model, params string[] endTypes) : LastUsage(body, model)
{
    private readonly byte[][] types = [.. endTypes.Select(type => Encoding.UTF8.GetBytes(type))];

    /// <inheritdoc/>
    public override bool IsFinal => HasKept;

    /// <inheritdoc/>
    protected override bool Read(ReadOnlySpan<byte> name, ReadOnlySpan<byte> data)
    {
        if (IsDone(data))
        {
            return true;
        }
        var type = TypeOf(data, out var isObject);
        Reading.SawError |= type.SequenceEqual("error"u8);
        foreach (var end in types)
        {
            if (type.SequenceEqual(end))
            {
                if (HasKept)
                {
                    Reading.AddViolation("the stream states its usage twice");
                }
                Keep(data);
            }
        }
        return isObject;
    }
}
