using Purser.Core.Pricing;
using Purser.Gateway.Credentials;
using Purser.Gateway.Storage;
using Purser.Providers.Passthrough;

namespace Purser.Gateway.Configuration;

/// <summary>What happens at the provider when a streaming client leaves before the answer's end.</summary>
public enum OnDisconnect
{
    /// <summary>The call is cancelled at once; what was generated until then is estimated on the safe side.</summary>
    Cancel,

    /// <summary>The answer is read to its end and its exact usage is charged: for providers that bill all of it anyway.</summary>
    Drain,
}

/// <summary>Where people are told of a budget in the answer's text, beside the headers. Never in a tool's arguments, nor in text that must be JSON.</summary>
public enum BudgetNotice
{
    /// <summary>At the end of a stream that a budget has no room for: which one, when it resets, and how to ask for more.</summary>
    CutOff,

    /// <summary>Nowhere: a cut-off stream has the notice as a comment, which clients skip.</summary>
    Off,

    /// <summary>At a cut-off, and once before: at the end of a streamed text, when 90 % of a hard budget are used; once a window and key.</summary>
    Stream,
}

/// <summary>One provider, as the configuration names it.</summary>
public sealed record ProviderOptions
{
    /// <summary>Any name; unique.</summary>
    public required string Name { get; init; }

    /// <summary>The API that it speaks: one of <see cref="Purser.Providers.ProviderCatalog.Apis"/>, by its name.</summary>
    public required string Api { get; init; }

    /// <summary>Where it is.</summary>
    public required Uri BaseUrl { get; init; }

    /// <summary>Its key; empty where it needs none, or where its credentials are in the store, which go before. Never logged, never sent anywhere but to this provider.</summary>
    public required string ApiKey { get; init; }

    /// <summary>The key file of the Google service account that it's called with; null for the machine's own account. Only where its API takes one.</summary>
    public string? CredentialsFile { get; init; }

    /// <summary>The region of AWS that it's in, such as <c>us-east-1</c>; null where its API has none.</summary>
    public string? Region { get; init; }

    /// <summary>
    /// The AWS keys that its requests are signed with (<c>ID:SECRET</c>, or with a session token <c>ID:SECRET:TOKEN</c>); empty for none, or where they are
    /// in the store. Never logged, never sent.
    /// </summary>
    public string AwsKeys { get; init; } = "";

    /// <summary>The AWS profile that its requests are signed as; null for the machine's own account.</summary>
    public string? AwsProfile { get; init; }

    /// <summary>How it's told who calls by a token of Entra ID. Only where its API takes one.</summary>
    public EntraOptions Entra { get; init; } = new();

    /// <summary>The models it serves; null for all that the price book has for it.</summary>
    public IReadOnlyList<string>? Models { get; init; }

    /// <summary>
    /// Names that the provider knows its models by, and each one's model in the price book: Azure's deployments, a server's own names. Where there are
    /// some and <see cref="Models"/> is null, they are all that it serves.
    /// </summary>
    public IReadOnlyDictionary<string, string> Deployments { get; init; } = new Dictionary<string, string>();

    /// <summary>Whose prices it bills; null for its own name's, or where the book has none, those of its API's vendor.</summary>
    public string? PriceProvider { get; init; }

    /// <summary>
    /// Whether callers' own subscriptions may be sent to it, of accounts that allow it; null for only where it's the vendor itself
    /// (<c>api.anthropic.com</c>, <c>chatgpt.com</c>).
    /// </summary>
    public bool? SubscriptionPassthrough { get; init; }

    /// <summary>The same, decided.</summary>
    internal bool TakesSubscriptions =>
        SubscriptionPassthrough ?? (BaseUrl.Scheme == Uri.UriSchemeHttps && BaseUrl.Host is "api.anthropic.com" or "chatgpt.com");

    /// <summary>What to do when a streaming client leaves.</summary>
    public OnDisconnect OnDisconnect { get; init; }

    /// <summary>Whether the client's <c>traceparent</c>, <c>tracestate</c> and <c>baggage</c> are kept from it.</summary>
    /// <value>The default is false: it gets them as they came, but for Purser's own members of <c>baggage</c>.</value>
    public bool DropsTraceContext { get; init; }

    /// <summary>How long the provider may be silent, before the first byte and between two. 1 to 3600 seconds.</summary>
    /// <value>The default is 600 seconds.</value>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(600);

    /// <summary>Its time-outs, retries and load.</summary>
    public ResilienceOptions Resilience { get; init; } = new();

    /// <summary>The routes that are passed through to it beside its API's own.</summary>
    public IReadOnlyList<PassthroughRoute> Passthrough { get; init; } = [];

    /// <summary>How fast its models think at most where it isn't shown, in tokens a second. 1 to 10,000.</summary>
    /// <value>The default is 500.</value>
    public long UnseenTokensPerSecond { get; init; } = FastestUsual;

    /// <summary>No host of a closed model is known to generate faster, in tokens a second.</summary>
    internal const long FastestUsual = 500;

    /// <inheritdoc/>
    /// <remarks>Without the key.</remarks>
    public override string ToString() => $"{Name} ({Api}, {BaseUrl})";
}

/// <summary>Everything a gateway needs to know at its start: infrastructure alone. Accounts, keys and budgets are in the store.</summary>
public sealed record GatewayOptions
{
    /// <summary>Where to listen.</summary>
    /// <value>The default is <c>http://127.0.0.1:4100</c>: this machine alone. Port 0 takes any free port.</value>
    public Uri Listen { get; init; } = new("http://127.0.0.1:4100");

    /// <summary>The data folder.</summary>
    /// <value>The default is <c>purser-data</c> in the current folder.</value>
    public string DataDirectory { get; init; } = "purser-data";

    /// <summary>What a committed entry survives.</summary>
    public Durability Durability { get; init; }

    /// <summary>What stored credentials are encrypted under; null where there is none, and no credentials can be stored.</summary>
    public MasterKey? MasterKey { get; init; }

    /// <summary>The providers.</summary>
    public IReadOnlyList<ProviderOptions> Providers { get; init; } = [];

    /// <summary>What realtime sessions may take.</summary>
    public RealtimeOptions Realtime { get; init; } = new();

    /// <summary>How requests are routed to models that they don't name; null: they aren't.</summary>
    public RoutingOptions? Routing { get; init; }

    /// <summary>The receivers of alerts.</summary>
    public IReadOnlyList<WebhookOptions> Webhooks { get; init; } = [];

    /// <summary>The price files, shipped ones first; later files add to earlier ones.</summary>
    public IReadOnlyList<PriceFile> PriceFiles { get; init; } = [];

    /// <summary>The contracts with providers, a file each: they change reports, not budgets.</summary>
    public IReadOnlyList<PriceFile> ContractFiles { get; init; } = [];

    /// <summary>Which projects repositories belong to.</summary>
    public RepositoryProjects Repositories { get; init; } = RepositoryProjects.None;

    /// <summary>Where people are told of a budget in the answer's text.</summary>
    /// <value>The default is <see cref="BudgetNotice.CutOff"/>.</value>
    public BudgetNotice BudgetNotice { get; init; }

    /// <summary>In which order the providers of a model are tried.</summary>
    /// <value>The default is <see cref="Balance.Order"/>.</value>
    public Balance Balance { get; init; }

    /// <summary>
    /// How long a client waits in all for its answer to begin, over all attempts and the waits between them: a stream's first output, or the
    /// whole of any other answer. 1 to 86,400 seconds.
    /// </summary>
    /// <value>The default is 3600 seconds.</value>
    public TimeSpan TotalTimeout { get; init; } = TimeSpan.FromSeconds(3600);

    /// <summary>The longest time between two looks at a batch that goes on at its provider. 1 to 3600 seconds.</summary>
    /// <value>The default is 300 seconds.</value>
    public TimeSpan BatchPoll { get; init; } = TimeSpan.FromSeconds(300);

    /// <summary>The largest request body, in bytes. 1 KiB to 1 GiB.</summary>
    /// <value>The default is 64 MiB.</value>
    public long MaxBodyBytes { get; init; } = 64 << 20;

    /// <summary>How long a stop waits for requests under way.</summary>
    /// <value>The default is 30 seconds.</value>
    public TimeSpan DrainTimeout { get; init; } = TimeSpan.FromSeconds(30);
}
