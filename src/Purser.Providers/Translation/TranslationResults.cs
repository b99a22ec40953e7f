namespace Purser.Providers.Translation;

/// <summary>What the URL of a request says, in formats whose body doesn't: Gemini's and Bedrock's.</summary>
/// <param name="Model">The model in the path; null where the body names it.</param>
/// <param name="Stream">Whether the path asks for a stream; null where the body says so.</param>
/// <param name="StreamIsArray">Whether the stream shall be one JSON array, and not server-sent events (Gemini's without <c>alt=sse</c>).</param>
public readonly record struct PathFacts(string? Model = null, bool? Stream = null, bool StreamIsArray = false);

/// <summary>A request that was read, or the fault that it's refused for: exactly one of the two.</summary>
/// <param name="Request">The request, or null.</param>
/// <param name="Fault">Why it's refused, or null.</param>
/// <param name="Notes">What of it was left out because it has no place in the canonical model at all.</param>
public readonly record struct RequestRead(CanonicalRequest? Request, RequestFault? Fault, RuleNotes Notes);

/// <summary>Where a request goes.</summary>
/// <param name="Model">The model as the provider names it.</param>
/// <param name="MaxOutputTokens">The most output tokens that it may ask for, ≥ 1; null: as many as the client says. A limit is never raised.</param>
/// <param name="DefaultMaxOutputTokens">The limit where the format needs one and the client gave none, ≥ 1.</param>
public sealed record TranslationTarget(string Model, long? MaxOutputTokens = null, long DefaultMaxOutputTokens = 4096)
{
    /// <summary>The limit to send for what the client asks: the lower of the two; null where there is none.</summary>
    public long? Limit(long? asked) =>
        asked is { } wanted && MaxOutputTokens is { } most ? Math.Min(wanted, most) : asked ?? MaxOutputTokens;
}

/// <summary>What became of a request that was written.</summary>
/// <param name="Fault">Why it's refused: nothing may be sent then; null where it's written whole.</param>
/// <param name="Notes">The rules that were applied.</param>
/// <param name="RenamedTools">Tools that have another name at the provider: that name, and the client's. Null: none has.</param>
public sealed record RequestWritten(RequestFault? Fault, RuleNotes Notes, IReadOnlyDictionary<string, string>? RenamedTools = null);

/// <summary>What the writer of an answer must know that the answer doesn't say.</summary>
/// <param name="Request">The request that is answered.</param>
/// <param name="Id">An id for the answer, where the provider's has none; 1 to 64 letters, digits, hyphens and underscores. Ids of tool calls are made from it.</param>
/// <param name="Created">When the answer began, in seconds since 1970.</param>
/// <param name="RenamedTools">What <see cref="RequestWritten.RenamedTools"/> said.</param>
public sealed record AnswerContext(
    CanonicalRequest Request,
    string Id,
    long Created,
    IReadOnlyDictionary<string, string>? RenamedTools = null
)
{
    /// <summary>The client's name of a tool that the provider calls.</summary>
    public string ToolName(string name) => RenamedTools is not null && RenamedTools.TryGetValue(name, out var own) ? own : name;

    /// <summary>Whether a tool, by the client's name, takes plain text in the client's format.</summary>
    public bool IsFreeform(string name)
    {
        foreach (var tool in Request.Tools)
        {
            if (tool.Kind == ToolKind.Freeform && tool.Name == name)
            {
                return true;
            }
        }
        return false;
    }
}

/// <summary>An answer that was read, or why it can't be: exactly one of the two.</summary>
/// <param name="Response">The answer, or null.</param>
/// <param name="Violation">What is wrong with the bytes, or null.</param>
public readonly record struct ResponseRead(CanonicalResponse? Response, string? Violation);
