using Purser.Core.Usage;
using Purser.Providers.Bodies;

namespace Purser.Providers.Passthrough;

/// <summary>Each request uses the same: a price by the request, or by so many of a unit.</summary>
/// <param name="model">The model whose price holds; null: the one that the body names.</param>
/// <param name="usage">What each request uses.</param>
public sealed class FixedMeter(string? model, TokenUsage usage) : PassthroughMeter
{
    /// <inheritdoc/>
    public override bool ReadsAnswer => false;

    /// <inheritdoc/>
    public override PassthroughAsk Ask(ReadOnlyMemory<byte> body) => new(model ?? BodyModel.Of(body.Span), usage);

    /// <inheritdoc/>
    public override bool Read(ReadOnlySpan<byte> answer, string model, UsageReading reading)
    {
        (reading.Usage, reading.HasUsage, reading.UsageIsFinal) = (usage, true, true);
        return true;
    }
}

/// <summary>The answer says what it used, in one of the forms that the price book's readers know.</summary>
/// <param name="reader">Reads it.</param>
/// <param name="model">The model whose price holds; null: the one that the body names.</param>
/// <param name="most">The most that a request can use.</param>
public class ReaderMeter(BodyReader reader, string? model, TokenUsage most) : PassthroughMeter
{
    /// <inheritdoc/>
    public override PassthroughAsk Ask(ReadOnlyMemory<byte> body) => new(model ?? BodyModel.Of(body.Span), most);

    /// <inheritdoc/>
    public override bool Read(ReadOnlySpan<byte> answer, string model, UsageReading reading)
    {
        var one = BodyReader.NewReading();
        reader.ReadInto(answer, model, one);
        reading.TakeAnswer(one);
        reading.UsageIsFinal = one.HasUsage;
        return one.HasUsage;
    }
}

/// <summary>The model that a body names, where nothing in it is there twice.</summary>
internal static class BodyModel
{
    public static string? Of(ReadOnlySpan<byte> body) => body.IsEmpty || RepeatedMembers.In(body) ? null : BodyScan.Text(body, "model"u8);
}
