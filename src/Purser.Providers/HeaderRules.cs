using System.Collections.Frozen;

namespace Purser.Providers;

/// <summary>
/// Which headers and query parameters cross the gateway. Credentials stay inside: the caller's never go up, the
/// provider's never come down. What isn't named here passes, so that betas survive. Names are compared without case.
/// </summary>
public static class HeaderRules
{
    private static readonly FrozenSet<string> HopByHop = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase,
        "connection",
        "keep-alive",
        "te",
        "trailer",
        "trailers",
        "transfer-encoding",
        "upgrade",
        "http2-settings"
    );

    private static readonly FrozenSet<string> RequestOnly = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase,
        "authorization",
        "x-api-key",
        "x-goog-api-key",
        "api-key",
        "cookie",
        "host",
        "content-length",
        "accept-encoding",
        "openai-organization",
        "openai-project",
        "forwarded",
        "x-real-ip",
        "expect",
        // Google's: another method, project or part of the answer than was asked for here, or another price.
        "x-http-method-override",
        "x-http-method",
        "x-method-override",
        // Another path than was asked for here.
        "x-original-url",
        "x-rewrite-url",
        "x-goog-user-project",
        "x-goog-fieldmask",
        "x-vertex-ai-llm-request-type",
        "x-vertex-ai-llm-shared-request-type"
    );

    private static readonly FrozenSet<string> ResponseOnly = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase,
        "content-length",
        "content-encoding",
        "set-cookie",
        "openai-organization",
        "openai-project",
        "anthropic-organization-id",
        "server",
        "alt-svc",
        "strict-transport-security"
    );

    private static readonly FrozenSet<string> OfNoFormat = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase,
        "user-agent",
        "traceparent",
        "tracestate",
        "baggage",
        "x-client-request-id",
        "x-request-id"
    );

    private static readonly FrozenSet<string> TraceContext = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase,
        "traceparent",
        "tracestate",
        "baggage"
    );

    private static readonly string[] KeyParameters = ["key", "api_key", "api-key", "x-api-key", "x-goog-api-key"];

    // Azure's: which one a provider is asked by is the provider's matter, and none but Azure knows it.
    private const string VersionParameter = "api-version";

    /// <summary>Whether a client's header goes to the provider.</summary>
    /// <param name="name">The header's name.</param>
    public static bool ForwardRequestHeader(string name) =>
        !IsPrivate(name) && !RequestOnly.Contains(name) && !name.StartsWith("x-forwarded-", StringComparison.OrdinalIgnoreCase);

    /// <summary>
    /// Whether a client's header goes to a provider of another format: those that are of no format. A beta or a version of one vendor means
    /// nothing to another.
    /// </summary>
    /// <param name="name">The header's name.</param>
    public static bool SurvivesTranslation(string name) => OfNoFormat.Contains(name);

    /// <summary>Whether a header is of W3C's trace context.</summary>
    /// <param name="name">The header's name.</param>
    public static bool IsTraceContext(string name) => TraceContext.Contains(name);

    /// <summary>Whether a provider's header goes to the client. The body's encoding doesn't: it is decoded before.</summary>
    /// <param name="name">The header's name.</param>
    public static bool ForwardResponseHeader(string name) => !IsPrivate(name) && !ResponseOnly.Contains(name);

    /// <summary>
    /// Whether a <c>Connection</c> header names this header: it belongs to one hop then, whatever it is.
    /// </summary>
    /// <param name="connection">The value of the <c>Connection</c> header, or null.</param>
    /// <param name="name">The header's name.</param>
    public static bool IsNamedByConnection(string? connection, string name)
    {
        foreach (var part in connection.AsSpan().Split(','))
        {
            if (connection.AsSpan()[part].Trim().Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }
        return false;
    }

    /// <summary>
    /// A query string without the parameters that carry a key (<c>key</c>, <c>api_key</c> and the like, however they are
    /// escaped), and without <c>api-version</c>; the rest stays byte for byte.
    /// </summary>
    /// <param name="query">The query, with or without its question mark; may be empty.</param>
    /// <returns>The same string where nothing was removed; empty where nothing is left.</returns>
    public static string CleanQuery(string query)
    {
        if (
            !query.Contains("key", StringComparison.OrdinalIgnoreCase)
            && !query.Contains(VersionParameter, StringComparison.OrdinalIgnoreCase)
            && !query.Contains('%')
        )
        {
            return query;
        }
        var hasMark = query.StartsWith('?');
        var kept = new List<string>();
        var removed = false;
        foreach (var parameter in query[(hasMark ? 1 : 0)..].Split('&'))
        {
            if (IsPrivateParameter(parameter))
            {
                removed = true;
            }
            else
            {
                kept.Add(parameter);
            }
        }
        if (!removed)
        {
            return query;
        }
        var rest = string.Join('&', kept);
        return rest.Length > 0 && hasMark ? "?" + rest : rest;
    }

    private static bool IsPrivateParameter(string parameter)
    {
        var equals = parameter.IndexOf('=', StringComparison.Ordinal);
        var name = Uri.UnescapeDataString(equals < 0 ? parameter : parameter[..equals]);
        return KeyParameters.Contains(name.Trim(), StringComparer.OrdinalIgnoreCase)
            || name.Trim().Equals(VersionParameter, StringComparison.OrdinalIgnoreCase);
    }

    // ":" begins the pseudo-headers of HTTP/2 and 3.
    private static bool IsPrivate(string name) =>
        name.Length == 0
        || name[0] == ':'
        || HopByHop.Contains(name)
        || name.StartsWith("proxy-", StringComparison.OrdinalIgnoreCase)
        || name.StartsWith("x-purser-", StringComparison.OrdinalIgnoreCase);
}
