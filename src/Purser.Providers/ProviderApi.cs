using Purser.Providers.Batches;
using Purser.Providers.Passthrough;
using Purser.Providers.Translation;

namespace Purser.Providers;

/// <summary>
/// One vendor's API as the configuration names it: which wire formats it speaks, where, and how it is told who calls. Stateless and shared;
/// <see cref="ProviderCatalog"/> lists them all.
/// </summary>
public abstract class ProviderApi
{
    /// <summary>The name in the configuration (<c>api:</c>), in lower case: <c>openai</c>, <c>anthropic</c>.</summary>
    public abstract string Name { get; }

    /// <summary>Where it is, unless the configuration says otherwise; null where it must say.</summary>
    public virtual string? DefaultBaseUrl => null;

    /// <summary>
    /// What the usual environment variables begin with: <c>OPENAI</c> for <c>OPENAI_API_KEY</c> and <c>OPENAI_BASE_URL</c>. Null: it isn't set up from
    /// the environment.
    /// </summary>
    public virtual string? EnvironmentPrefix => null;

    /// <summary>The same of all that vendors' own clients read, the usual ones first.</summary>
    public virtual IReadOnlyList<string> EnvironmentPrefixes => EnvironmentPrefix is { } prefix ? [prefix] : [];

    /// <summary>The provider of the price book whose prices hold, where the configured name has none of its own.</summary>
    public virtual string Prices => Name;

    /// <summary>Whether it can be called without a key.</summary>
    public virtual bool NeedsNoKey => false;

    /// <summary>
    /// Whether it is told who calls by a token of a Google account, and is one project's in one location; a key in the configuration is taken for
    /// such a token.
    /// </summary>
    public virtual bool TakesGoogleAccount => false;

    /// <summary>
    /// Whether requests are signed with the keys of an AWS account, and it is one region's; a key in the configuration is taken for an API key of the
    /// vendor's own.
    /// </summary>
    public virtual bool TakesAwsAccount => false;

    /// <summary>Where it is, in a region.</summary>
    /// <param name="region">The region: <c>us-east-1</c>.</param>
    public virtual string RegionalUrl(string region) => throw new NotSupportedException($"The API {Name} has no regions.");

    /// <summary>Whether it can be told who calls by a token of Entra ID.</summary>
    public virtual bool TakesEntraTokens => false;

    /// <summary>What its URLs begin with, of a project in a location.</summary>
    /// <param name="baseUrl">The configured base URL; null for the vendor's own.</param>
    /// <param name="project">The project's id.</param>
    /// <param name="location">The location: <c>global</c>, <c>us-central1</c>.</param>
    public virtual string PlacedUrl(string? baseUrl, string project, string location) =>
        throw new NotSupportedException($"The API {Name} has no projects.");

    /// <summary>The kinds of credentials that it can be called with, as <c>purser credentials add --kind</c> spells them.</summary>
    public virtual IReadOnlyList<string> CredentialKinds => ["key"];

    /// <summary>The wire formats that it speaks itself; a request in one of them is relayed nearly as it is.</summary>
    public abstract IReadOnlyList<WireFormat> Formats { get; }

    /// <summary>Its batches; null where it has none that are served.</summary>
    public virtual BatchFormat? Batches => null;

    /// <summary>Headers that it needs and that are sent only where the client sent none of that name.</summary>
    public virtual IReadOnlyList<KeyValuePair<string, string>> DefaultHeaders => [];

    /// <summary>The URL to send a request to; with a query only where the API has one of its own.</summary>
    /// <param name="baseUrl">The configured base URL, with or without a slash at its end.</param>
    /// <param name="format">One of <see cref="Formats"/>.</param>
    /// <param name="model">The model name that the provider knows.</param>
    /// <param name="stream">Whether the answer shall be streamed.</param>
    public abstract string Url(string baseUrl, WireFormat format, string model, bool stream);

    /// <summary>The query to send with it.</summary>
    /// <param name="format">One of <see cref="Formats"/>.</param>
    /// <param name="stream">Whether the answer shall be streamed.</param>
    /// <param name="query">The client's, with its question mark and without keys; empty where it has none.</param>
    public virtual string Query(WireFormat format, bool stream, string query) => query;

    /// <summary>The URL that counts the tokens of a request, without a query; null where there is none.</summary>
    /// <param name="baseUrl">The configured base URL, with or without a slash at its end.</param>
    /// <param name="format">One of <see cref="Formats"/> that has a <see cref="WireFormat.Counting"/>.</param>
    /// <param name="model">The model name that the provider knows.</param>
    public virtual string? CountUrl(string baseUrl, WireFormat format, string model) => null;

    /// <summary>Whether it keeps files, which clients of a format upload and name in their requests.</summary>
    /// <param name="format">The name of the clients' format.</param>
    public virtual bool KeepsFilesOf(string format) => false;

    /// <summary>The URL of something that it keeps, with a query only where the API has one of its own; null where it keeps nothing.</summary>
    /// <param name="baseUrl">The configured base URL, with or without a slash at its end.</param>
    /// <param name="path">The path below OpenAI's or Anthropic's <c>/v1</c>, its ids escaped: <c>/files/file-1</c>.</param>
    public virtual string? ObjectUrl(string baseUrl, string path) => null;

    /// <summary>The name that realtime sessions have where wire formats have theirs: in the ledger, in metrics and in the catalogue.</summary>
    public const string Realtime = "realtime";

    /// <summary>Whether one of its models is talked to in realtime sessions.</summary>
    /// <param name="model">The model name that the price book has.</param>
    public virtual bool HasRealtime(string model) => false;

    /// <summary>The WebSocket of a realtime session, where it <see cref="HasRealtime"/>.</summary>
    /// <param name="baseUrl">The configured base URL, with or without a slash at its end.</param>
    /// <param name="model">The model name that the provider knows.</param>
    public virtual string RealtimeUrl(string baseUrl, string model) =>
        throw new NotSupportedException($"The API {Name} has no realtime sessions.");

    /// <summary>Whether one of its models is asked in one of its formats: most vendors have all of them in the same.</summary>
    /// <param name="format">One of <see cref="Formats"/>.</param>
    /// <param name="model">The model name that the provider knows.</param>
    public virtual bool Speaks(WireFormat format, string model) => true;

    /// <summary>
    /// The routes beside its formats that <c>/passthrough</c> has: lists, and what the price book can price. Never those of its administration, nor of
    /// what it keeps.
    /// </summary>
    public virtual IReadOnlyList<PassthroughRoute> PassthroughRoutes => [];

    /// <summary>The URL of a path that the vendor documents: what the base URL ends in already isn't there twice.</summary>
    /// <param name="baseUrl">The configured base URL.</param>
    /// <param name="path">A plain path with a slash at its beginning.</param>
    public virtual string PassthroughUrl(string baseUrl, string path)
    {
        var mark = baseUrl.IndexOf('?', StringComparison.Ordinal);
        var address = (mark < 0 ? baseUrl : baseUrl[..mark]).TrimEnd('/');
        var start = address.IndexOf("://", StringComparison.Ordinal) is >= 0 and var scheme ? address.IndexOf('/', scheme + 3) : -1;
        for (var at = start; at >= 0; at = address.IndexOf('/', at + 1))
        {
            if (path.StartsWith(address[at..], StringComparison.Ordinal) && path[(address.Length - at)..] is ['/', ..])
            {
                return string.Concat(address.AsSpan(0, at), path);
            }
        }
        return string.Concat(address, path);
    }

    /// <summary>Adds the header that carries the provider's key.</summary>
    /// <param name="apiKey">The key; never empty.</param>
    /// <param name="addHeader">Takes a header's name and value.</param>
    public virtual void AddCredential(string apiKey, Action<string, string> addHeader) =>
        addHeader("Authorization", string.Concat("Bearer ", apiKey));

    /// <summary>What carries requests of a client's format to this provider; null where nothing does.</summary>
    /// <param name="asked">The client's format.</param>
    /// <param name="model">The model, as the price book names it; null: whatever model.</param>
    public virtual WireFormat? Serving(WireFormat asked, string? model = null)
    {
        // A vendor may speak a dialect of the format: its own one carries the request.
        foreach (var own in Formats)
        {
            if (own.Name == asked.Name && (model is null || Speaks(own, model)))
            {
                return own;
            }
        }
        return TranslatedFormat.Between(asked, model is null ? Formats : [.. Formats.Where(own => Speaks(own, model))]);
    }

    /// <summary>A URL of HTTP as WebSockets spell it.</summary>
    protected static string AsWebSocket(string url) =>
        url.StartsWith("http", StringComparison.OrdinalIgnoreCase) ? string.Concat("ws", url.AsSpan("http".Length)) : url;

    /// <summary>A base URL and a path below it.</summary>
    protected static string Below(string baseUrl, string path) => string.Concat(baseUrl.AsSpan().TrimEnd('/'), path);
}
