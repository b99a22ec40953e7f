namespace Purser.Core.Usage;

/// <summary>
/// The disjoint classes that a request's usage is counted in. Each unit that a provider bills is in exactly one class,
/// so the sum over the classes is the bill. Every provider's reader maps its own semantics to these.
/// </summary>
public enum UsageClass
{
    /// <summary>Text input tokens that were neither read from nor written to a prompt cache.</summary>
    Input,

    /// <summary>Text input tokens read from a prompt cache.</summary>
    CacheRead,

    /// <summary>Input tokens written to a prompt cache that lives about five minutes (the provider's default time to live).</summary>
    CacheWrite5m,

    /// <summary>Input tokens written to a prompt cache that lives one hour.</summary>
    CacheWrite1h,

    /// <summary>Text output tokens that the caller can see.</summary>
    Output,

    /// <summary>Output tokens spent on reasoning (thinking), visible or not.</summary>
    ReasoningOutput,

    /// <summary>Audio input tokens that were not read from a cache.</summary>
    AudioInput,

    /// <summary>Audio input tokens read from a prompt cache.</summary>
    AudioCacheRead,

    /// <summary>Audio output tokens.</summary>
    AudioOutput,

    /// <summary>Image input tokens that were not read from a cache.</summary>
    ImageInput,

    /// <summary>Image input tokens read from a prompt cache.</summary>
    ImageCacheRead,

    /// <summary>Image output tokens.</summary>
    ImageOutput,

    /// <summary>Web searches that the provider made for the request (calls, not tokens).</summary>
    WebSearch,

    /// <summary>Video input tokens that were not read from a cache, where a price has a rate for them; else they are billed as text.</summary>
    VideoInput,

    /// <summary>Video input tokens read from a prompt cache.</summary>
    VideoCacheRead,

    /// <summary>Video output tokens.</summary>
    VideoOutput,

    /// <summary>Tokens of what an answer cites, where a provider bills them apart from input and output (Perplexity's deep research).</summary>
    Citation,

    /// <summary>
    /// Requests that have a flat fee. The fee of one is due for each priced usage of a model that lists it, even where the usage doesn't count
    /// it and has no tokens.
    /// </summary>
    FlatRequest,

    /// <summary>Requests that searched with a small context, where the fee of a request depends on that.</summary>
    LowContextRequest,

    /// <summary>Requests that searched with a medium context.</summary>
    MediumContextRequest,

    /// <summary>Requests that searched with a large context.</summary>
    HighContextRequest,

    /// <summary>Searches in the caller's own files, collections or vector stores (calls).</summary>
    FileSearch,

    /// <summary>Searches in files that are attached to the request (calls).</summary>
    AttachmentSearch,

    /// <summary>Searches in posts of X (calls).</summary>
    XSearch,

    /// <summary>Runs of code at the provider that are billed by the call.</summary>
    CodeExecution,

    /// <summary>Containers for code at the provider that are billed by the session.</summary>
    ContainerSession,

    /// <summary>Prompts that were grounded with a map (calls).</summary>
    MapsGrounding,

    /// <summary>Sources that a live search used, where each has a fee.</summary>
    SearchSource,

    /// <summary>Cohere's search units of reranking: a query with up to a hundred documents.</summary>
    SearchUnit,

    /// <summary>Texts that were classified.</summary>
    Classification,

    /// <summary>Pages that were read (OCR).</summary>
    OcrPage,

    /// <summary>Pages that were annotated, beside being read.</summary>
    AnnotatedPage,

    /// <summary>
    /// Whole seconds of audio input that are billed by time and not by token. A provider's fraction of a second counts as a second: never too
    /// cheap. The rate is for an hour, since vendors state hours or minutes, and few of these have a second's price with an end.
    /// </summary>
    AudioSecond,

    /// <summary>Characters that were spoken, where speech is billed by its text.</summary>
    SpeechCharacter,

    /// <summary>Images in the input that are billed by the image and not by token.</summary>
    InputImage,

    /// <summary>Images that were made, where they are billed by the image and not by token.</summary>
    GeneratedImage,

    /// <summary>
    /// Whole milliseconds that a machine of the operator's own worked on the request, where its time is the price; a fraction counts as one. It is
    /// in a usage only where the price has a rate for it: most answers say how long they took, and few are billed by it.
    /// </summary>
    ComputeMillisecond,

    /// <summary>Whole seconds of video that was made, where it is billed by time and not by token. A fraction of a second counts as a second.</summary>
    VideoSecond,
}
