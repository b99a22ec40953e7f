using Purser.Simulator.Http;

namespace Purser.Simulator.Requests;

/// <summary>A request for images or sound, or about sound.</summary>
/// <param name="Format">The format of the answer, such as <c>png</c>, <c>mp3</c> or <c>verbose_json</c>.</param>
/// <param name="Output">What the output tokens are: <c>image</c>, <c>audio</c> or <c>text</c>.</param>
/// <param name="OutputTokens">How many each answer has; null for text, whose length is drawn.</param>
internal sealed record MediaRequest(string Format, string Output, int? OutputTokens)
{
    /// <summary>The size of images, such as <c>1024x1024</c>; null for sound.</summary>
    public string? Size { get; init; }

    /// <summary>The quality of images; null for sound.</summary>
    public string? Quality { get; init; }

    /// <summary>The background of images.</summary>
    public string Background { get; init; } = "opaque";

    /// <summary>How many images a stream shows before the last one.</summary>
    public int Partial { get; init; }

    /// <summary>Whether an answer's image is a link.</summary>
    public bool IsLink { get; init; }

    /// <summary>How long the sound is, in seconds.</summary>
    public double Seconds { get; init; }

    /// <summary>Whether words have their times.</summary>
    public bool TimesWords { get; init; }

    /// <summary>Writes what the price depends on for the record, as properties.</summary>
    public void Write(OutputBuffer to)
    {
        to.Add(",\"output_kind\":"u8).AddJson(Output);
        if (Size is not null)
        {
            to.Add(",\"size\":"u8).AddJson(Size).Add(",\"quality\":"u8).AddJson(Quality);
        }
    }
}
