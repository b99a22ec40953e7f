using Purser.Core.Usage;

namespace Purser.Core.Pricing;

/// <summary>The name of a rate in a price file: which class it prices, and the unit that the name ends in.</summary>
/// <param name="Name">The key as it is written, such as <c>cache_write_5m_per_mtok</c>.</param>
/// <param name="Class">The class of usage that it prices.</param>
/// <param name="Unit">What the rate is for one of.</param>
public sealed record RateKey(string Name, UsageClass Class, PriceUnit Unit)
{
    /// <summary>Every key, in the order of <see cref="UsageClass"/>. <c>prices/units.yml</c> says the same in words.</summary>
    public static IReadOnlyList<RateKey> All { get; } =
    [
        new("input_per_mtok", UsageClass.Input, PriceUnit.MillionTokens),
        new("cache_read_per_mtok", UsageClass.CacheRead, PriceUnit.MillionTokens),
        new("cache_write_5m_per_mtok", UsageClass.CacheWrite5m, PriceUnit.MillionTokens),
        new("cache_write_1h_per_mtok", UsageClass.CacheWrite1h, PriceUnit.MillionTokens),
        new("output_per_mtok", UsageClass.Output, PriceUnit.MillionTokens),
        new("reasoning_output_per_mtok", UsageClass.ReasoningOutput, PriceUnit.MillionTokens),
        new("audio_input_per_mtok", UsageClass.AudioInput, PriceUnit.MillionTokens),
        new("audio_cache_read_per_mtok", UsageClass.AudioCacheRead, PriceUnit.MillionTokens),
        new("audio_output_per_mtok", UsageClass.AudioOutput, PriceUnit.MillionTokens),
        new("image_input_per_mtok", UsageClass.ImageInput, PriceUnit.MillionTokens),
        new("image_cache_read_per_mtok", UsageClass.ImageCacheRead, PriceUnit.MillionTokens),
        new("image_output_per_mtok", UsageClass.ImageOutput, PriceUnit.MillionTokens),
        new("web_search_per_call", UsageClass.WebSearch, PriceUnit.Call),
        new("video_input_per_mtok", UsageClass.VideoInput, PriceUnit.MillionTokens),
        new("video_cache_read_per_mtok", UsageClass.VideoCacheRead, PriceUnit.MillionTokens),
        new("video_output_per_mtok", UsageClass.VideoOutput, PriceUnit.MillionTokens),
        new("citation_per_mtok", UsageClass.Citation, PriceUnit.MillionTokens),
        new("request_per_call", UsageClass.FlatRequest, PriceUnit.Call),
        new("low_context_request_per_call", UsageClass.LowContextRequest, PriceUnit.Call),
        new("medium_context_request_per_call", UsageClass.MediumContextRequest, PriceUnit.Call),
        new("high_context_request_per_call", UsageClass.HighContextRequest, PriceUnit.Call),
        new("file_search_per_call", UsageClass.FileSearch, PriceUnit.Call),
        new("attachment_search_per_call", UsageClass.AttachmentSearch, PriceUnit.Call),
        new("x_search_per_call", UsageClass.XSearch, PriceUnit.Call),
        new("code_execution_per_call", UsageClass.CodeExecution, PriceUnit.Call),
        new("container_per_session", UsageClass.ContainerSession, PriceUnit.Session),
        new("maps_grounding_per_call", UsageClass.MapsGrounding, PriceUnit.Call),
        new("live_search_per_source", UsageClass.SearchSource, PriceUnit.Source),
        new("search_unit_per_call", UsageClass.SearchUnit, PriceUnit.Call),
        new("classification_per_call", UsageClass.Classification, PriceUnit.Call),
        new("ocr_per_page", UsageClass.OcrPage, PriceUnit.Page),
        new("annotation_per_page", UsageClass.AnnotatedPage, PriceUnit.Page),
        new("audio_input_per_hour", UsageClass.AudioSecond, PriceUnit.Hour),
        new("speech_per_mchar", UsageClass.SpeechCharacter, PriceUnit.MillionCharacters),
        new("input_image_per_image", UsageClass.InputImage, PriceUnit.Image),
        new("generated_image_per_image", UsageClass.GeneratedImage, PriceUnit.Image),
        new("compute_per_hour", UsageClass.ComputeMillisecond, PriceUnit.MachineHour),
        new("generated_video_per_second", UsageClass.VideoSecond, PriceUnit.Second),
    ];

    /// <summary>Whether it's a fee, and no rate for tokens: it holds for all tiers, speeds and lengths that have none of their own.</summary>
    public bool IsFee => Unit != PriceUnit.MillionTokens;

    /// <summary>Whether it's the fee of a tool that the provider runs, which a model that is free doesn't make free.</summary>
    public bool IsTool =>
        Class
            is UsageClass.WebSearch
                or UsageClass.FileSearch
                or UsageClass.AttachmentSearch
                or UsageClass.XSearch
                or UsageClass.CodeExecution
                or UsageClass.ContainerSession
                or UsageClass.MapsGrounding
                or UsageClass.SearchSource;

    private static readonly PriceUnit[] Units = [.. All.Select(key => key.Unit)];

    /// <summary>The key of a class.</summary>
    public static RateKey Of(UsageClass usageClass) => All[(int)usageClass];

    /// <summary>The unit of a class, on the hot path.</summary>
    internal static PriceUnit UnitOf(UsageClass usageClass) => Units[(int)usageClass];
}
