using Purser.Providers.Bodies;

namespace Purser.Providers.OpenAI;

/// <summary>Figures that some vendors of OpenAI's format put beside its own, at the top of the usage object.</summary>
internal readonly struct VendorFigures
{
    private static readonly FigurePaths Paths = new(
        "cached_tokens",
        "num_cached_tokens",
        "cached_prompt_text_tokens",
        "prompt_cache_hit_tokens",
        "prompt_cache_miss_tokens",
        "reasoning_tokens",
        "citation_tokens",
        "num_search_queries",
        "num_sources_used",
        "num_server_side_tools_used",
        "server_tool_use.web_search_requests",
        "prompt_tokens",
        "input_tokens",
        "completion_tokens",
        "output_tokens",
        "completion_tokens_details.rejected_prediction_tokens"
    );

    private VendorFigures(ReadOnlySpan<long> found)
    {
        CachedTop =
            found[0] >= 0 ? found[0]
            : found[1] >= 0 ? found[1]
            : found[2];
        (CacheHit, CacheMiss, Reasoning, Citations) = (found[3], found[4], found[5], found[6]);
        (SearchQueries, Sources, ServerTools, Searches) = (found[7], found[8], found[9], found[10]);
        (Input, Output, Rejected) = (Math.Max(found[11], found[12]), Math.Max(found[13], found[14]), found[15]);
    }

    /// <summary>Cached prompt tokens, inside the prompt (Moonshot, Mistral, Together, x-ai); -1 where they aren't stated, as all here.</summary>
    public long CachedTop { get; }

    /// <summary>The prompt tokens that DeepSeek's cache had.</summary>
    public long CacheHit { get; }

    /// <summary>Those that it hadn't.</summary>
    public long CacheMiss { get; }

    /// <summary>Reasoning tokens.</summary>
    public long Reasoning { get; }

    /// <summary>Perplexity's tokens of what it cites.</summary>
    public long Citations { get; }

    /// <summary>Perplexity's searches.</summary>
    public long SearchQueries { get; }

    /// <summary>x-ai's sources of a live search.</summary>
    public long Sources { get; }

    /// <summary>x-ai's calls of its own tools.</summary>
    public long ServerTools { get; }

    /// <summary>OpenRouter's searches.</summary>
    public long Searches { get; }

    /// <summary>All input tokens, by the name of chat completions or of responses, whichever states more.</summary>
    public long Input { get; }

    /// <summary>All output tokens, by the name of chat completions or of responses, whichever states more.</summary>
    public long Output { get; }

    /// <summary>The tokens of a predicted output that weren't used; they are inside the completion.</summary>
    public long Rejected { get; }

    /// <summary>Reads a usage object.</summary>
    public static VendorFigures Read(ReadOnlySpan<byte> usage, UsageReading reading)
    {
        Span<long> found = stackalloc long[Paths.Count];
        Paths.Read(usage, found, reading);
        foreach (var cached in found[..3])
        {
            if (cached >= 0 && cached != Math.Max(found[0], Math.Max(found[1], found[2])))
            {
                reading.AddViolation("the cached tokens are stated twice, and differ");
            }
        }
        return new VendorFigures(found);
    }
}

/// <summary>Where a vendor counts reasoning.</summary>
internal enum ReasoningPlace
{
    /// <summary>Inside the completion, unless the total says that it is outside.</summary>
    Inside,

    /// <summary>Outside the completion, unless the total says that it is inside (x-ai).</summary>
    Outside,

    /// <summary>Outside both the completion and the total (Perplexity).</summary>
    Beside,

    /// <summary>Not named: the total exceeds prompt and completion by it (Gemini by OpenAI's format).</summary>
    Unnamed,
}
