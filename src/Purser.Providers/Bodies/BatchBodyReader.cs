namespace Purser.Providers.Bodies;

/// <summary>
/// A line of a batch's results: the answer to one request, wrapped in what the provider says of it, billed on the tier <c>batch</c>; or why there is
/// no answer, which isn't billed.
/// </summary>
internal abstract class BatchBodyReader : BodyReader
{
    /// <summary>Reads the answer in the line with the reader of its format, at the batch's price.</summary>
    private protected static VideoInput ReadAnswer(BodyReader format, ReadOnlySpan<byte> answer, string? model, UsageReading reading)
    {
        var video = format.ReadInto(answer, model, reading);
        reading.ServiceTier = "batch";
        return video;
    }

    /// <summary>The line says that its request has no answer.</summary>
    private protected static VideoInput NoAnswer(UsageReading reading, string why)
    {
        reading.NotBilled = why;
        return default;
    }

    /// <summary>The line is none of this format.</summary>
    private protected static VideoInput NoLine(UsageReading reading)
    {
        reading.AddViolation("this is no line of a batch's results");
        return default;
    }

    private protected static bool IsObject(ReadOnlySpan<byte> json) => json is [(byte)'{', ..];
}
