using Purser.Core.Usage;

namespace Purser.Providers.Passthrough;

/// <summary>What a request of a route can use at most, and of which model.</summary>
/// <param name="Model">The model in the provider's words; null where the request names none.</param>
/// <param name="Most">The most that it can use.</param>
public readonly record struct PassthroughAsk(string? Model, TokenUsage Most);

/// <summary>How the requests of a route are bounded and metered. Stateless and shared.</summary>
public abstract class PassthroughMeter
{
    /// <summary>Reads what a request can use. It may throw what a JSON reader throws.</summary>
    /// <param name="body">The whole body.</param>
    public abstract PassthroughAsk Ask(ReadOnlyMemory<byte> body);

    /// <summary>Reads what an answer used.</summary>
    /// <param name="answer">The whole answer.</param>
    /// <param name="model">The model that was asked.</param>
    /// <param name="reading">Takes what was found.</param>
    /// <returns>False where it isn't said: the most that was asked for is charged.</returns>
    public abstract bool Read(ReadOnlySpan<byte> answer, string model, UsageReading reading);

    /// <summary>Whether the answer has to be read, and so is held until its end.</summary>
    public virtual bool ReadsAnswer => true;
}

/// <summary>A route of a vendor's API that is passed through as it is: what isn't listed isn't reachable.</summary>
/// <param name="Method"><c>GET</c> or <c>POST</c>.</param>
/// <param name="Template">
/// The path, as the vendor documents it. <c>{name}</c> is one segment, or a part of one: <c>/v1/models/{model}</c>,
/// <c>/v1beta/models/{model}:countTokens</c>.
/// </param>
/// <param name="Meter">How it's bounded and metered; null where it costs nothing.</param>
public sealed record PassthroughRoute(string Method, string Template, PassthroughMeter? Meter = null)
{
    /// <summary>The parameters of a query that go on; others are refused.</summary>
    public IReadOnlyList<string> Parameters { get; init; } = Method == "GET" ? Paging : [];

    private static readonly string[] Paging =
    [
        "limit",
        "after",
        "after_id",
        "before",
        "before_id",
        "order",
        "pageSize",
        "pageToken",
        "page_size",
        "page_token",
    ];

    /// <summary>The lists of models, as most vendors have them.</summary>
    /// <param name="version">The path's beginning: <c>/v1</c>.</param>
    public static IReadOnlyList<PassthroughRoute> Models(string version) =>
        [new("GET", $"{version}/models"), new("GET", $"{version}/models/{{model}}")];

    /// <summary>Whether a path is this route's. Case counts.</summary>
    /// <param name="path">A plain path.</param>
    public bool Matches(string path) => TryMatch(Template, path, out _);

    /// <summary>Matches a plain path with a template, and takes the value of <c>{model}</c> out of it.</summary>
    public static bool TryMatch(string template, string path, out string? model)
    {
        model = null;
        var (expected, segments) = (template.Split('/'), path.Split('/'));
        if (expected.Length != segments.Length)
        {
            return false;
        }
        for (var index = 0; index < expected.Length; index++)
        {
            if (!TryMatchSegment(expected[index], segments[index], ref model))
            {
                return false;
            }
        }
        return true;
    }

    private static bool TryMatchSegment(string expected, string segment, ref string? model)
    {
        var (open, close) = (expected.IndexOf('{', StringComparison.Ordinal), expected.IndexOf('}', StringComparison.Ordinal));
        if (open < 0 || close < open)
        {
            return expected == segment;
        }
        var (before, after) = (expected[..open], expected[(close + 1)..]);
        if (
            segment.Length <= before.Length + after.Length
            || !segment.StartsWith(before, StringComparison.Ordinal)
            || !segment.EndsWith(after, StringComparison.Ordinal)
        )
        {
            return false;
        }
        var value = segment[before.Length..^after.Length];
        if (expected[(open + 1)..close] == ClientRoute.Model)
        {
            model = value;
        }
        // A verb behind a colon is another method; what begins with a digit is the version of a model of Bedrock's.
        return value.Split(':').Skip(1).All(part => part is [>= '0' and <= '9', ..]);
    }
}
