using System.Globalization;
using System.Text.RegularExpressions;
using Purser.Gateway.Storage;
using Purser.Providers;
using YamlDotNet.RepresentationModel;

namespace Purser.Gateway.Configuration;

/// <summary>One thing wrong in a file that a person wrote.</summary>
/// <param name="File">The file.</param>
/// <param name="Line">The line, from 1.</param>
/// <param name="Column">The column, from 1.</param>
/// <param name="Message">What is wrong.</param>
/// <param name="Suggestion">What to write instead, where that's clear.</param>
public sealed record DocumentError(string File, long Line, long Column, string Message, string? Suggestion = null)
{
    /// <summary><c>purser.yml:3:5: message (suggestion)</c></summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{File}:{Line}:{Column}: {Message}{(Suggestion is null ? "" : $" ({Suggestion})")}");
}

/// <summary>Reads <c>purser.yml</c>. Every error is reported, not the first one alone.</summary>
public sealed partial class ConfigurationFile
{
    private static readonly string[] Sections =
    [
        "listen",
        "data",
        "durability",
        "prices",
        "contracts",
        "max_body_mb",
        "drain_seconds",
        "budget_notice",
        "balance",
        "total_timeout_seconds",
        "batch_poll_seconds",
        "master_key_file",
        "providers",
        "realtime",
        RoutingReader.Key,
        "repositories",
        "alerts",
    ];

    private static readonly string[] ProviderKeys =
    [
        "name",
        "api",
        "base_url",
        "api_key",
        "project",
        "location",
        "credentials_file",
        .. AwsReader.Keys,
        "entra",
        "models",
        "deployments",
        "price_provider",
        "on_disconnect",
        "trace_context",
        "subscription_passthrough",
        "timeout_seconds",
        "unseen_tokens_per_second",
        PassthroughReader.Key,
        .. ResilienceReader.Keys,
    ];

    private readonly YamlReader yaml;
    private readonly Func<string, string?> environment;

    private ConfigurationFile(string file, Func<string, string?> environment)
    {
        yaml = new YamlReader(file);
        this.environment = environment;
    }

    /// <summary>Where to listen, or null for the default.</summary>
    public Uri? Listen { get; private set; }

    /// <summary>The data folder, or null for the default.</summary>
    public string? Data { get; private set; }

    /// <summary>The durability.</summary>
    public Durability Durability { get; private set; }

    /// <summary>A folder of price files that add to the shipped ones, or null.</summary>
    public string? Prices { get; private set; }

    /// <summary>A folder of contract files, or null.</summary>
    public string? Contracts { get; private set; }

    /// <summary>The largest request body in MiB, or null for the default.</summary>
    public long? MaxBodyMiB { get; private set; }

    /// <summary>How long a stop waits, in seconds, or null for the default.</summary>
    public long? DrainSeconds { get; private set; }

    /// <summary>Where people are told of a budget in the answer's text.</summary>
    public BudgetNotice BudgetNotice { get; private set; }

    /// <summary>In which order the providers of a model are tried.</summary>
    public Balance Balance { get; private set; }

    /// <summary>How long a client waits in all for its answer to begin, in seconds, or null for the default.</summary>
    public long? TotalTimeoutSeconds { get; private set; }

    /// <summary>The longest time between two looks at a batch, in seconds, or null for the default.</summary>
    public long? BatchPollSeconds { get; private set; }

    /// <summary>The file that the master key of stored credentials is in, or null.</summary>
    public string? MasterKeyFile { get; private set; }

    /// <summary>The providers.</summary>
    public IReadOnlyList<ProviderOptions> Providers { get; private set; } = [];

    /// <summary>What realtime sessions may take.</summary>
    public RealtimeOptions Realtime { get; private set; } = new();

    /// <summary>How requests are routed to models that they don't name; null where they aren't.</summary>
    public RoutingOptions? Routing { get; private set; }

    /// <summary>Projects by the patterns of their repositories.</summary>
    public IReadOnlyDictionary<string, string> Repositories { get; private set; } = new Dictionary<string, string>();

    /// <summary>The receivers of alerts.</summary>
    public IReadOnlyList<WebhookOptions> Webhooks { get; private set; } = [];

    /// <summary>All that is wrong with the file.</summary>
    public IReadOnlyList<DocumentError> Errors => yaml.Errors;

    /// <summary>Reads a configuration.</summary>
    /// <param name="file">The file's name, for errors.</param>
    /// <param name="text">Its text.</param>
    /// <param name="environment">Looks up <c>${NAME}</c>.</param>
    public static ConfigurationFile Parse(string file, string text, Func<string, string?> environment)
    {
        var configuration = new ConfigurationFile(file, environment);
        if (configuration.yaml.Root(text) is { } root)
        {
            configuration.Read(root);
        }

        return configuration;
    }

    private void Read(YamlMappingNode root)
    {
        yaml.CheckKeys(root, Sections);
        Listen = yaml.Text(root, "listen") is { } listen ? ReadUrl(root, "listen", listen) : null;
        Data = yaml.Text(root, "data");
        Prices = yaml.Text(root, "prices");
        Contracts = yaml.Text(root, "contracts");
        MasterKeyFile = yaml.Text(root, "master_key_file") is { } keyFile ? Expand(root, "master_key_file", keyFile) : null;
        MaxBodyMiB = yaml.Number(root, "max_body_mb", 1, 1024);
        DrainSeconds = yaml.Number(root, "drain_seconds", 0, 3600);
        Durability = yaml.Choice(root, "durability", [("process-crash", Durability.ProcessCrash), ("power-loss", Durability.PowerLoss)]);
        BudgetNotice = yaml.Choice(
            root,
            "budget_notice",
            [("cut-off", BudgetNotice.CutOff), ("off", BudgetNotice.Off), ("stream", BudgetNotice.Stream)]
        );
        Balance = yaml.Choice(root, "balance", [("order", Balance.Order), ("least-loaded", Balance.LeastLoaded)]);
        TotalTimeoutSeconds = yaml.Number(root, "total_timeout_seconds", 1, 86_400);
        BatchPollSeconds = yaml.Number(root, "batch_poll_seconds", 1, 3600);
        var providers = new List<ProviderOptions>();
        foreach (var node in yaml.Items(root, "providers"))
        {
            if (ReadProvider(node) is not { } provider)
            {
                continue;
            }

            if (providers.Any(other => other.Name == provider.Name))
            {
                yaml.Error(node, $"There are two providers named '{provider.Name}'.");
            }

            providers.Add(provider);
        }

        Providers = providers;
        Realtime = RealtimeReader.Read(yaml, root);
        Routing = new RoutingReader(yaml).Read(root);
        Repositories = ReadRepositories(root);
        Webhooks = new WebhookReader(yaml, Expand).Read(root);
    }

    private IReadOnlyDictionary<string, string> ReadRepositories(YamlMappingNode root)
    {
        const int longest = 256;
        var projects = yaml.Texts(root, "repositories");
        if (projects.FirstOrDefault(pair => pair.Value.Length > longest || pair.Value.Any(char.IsControl)) is { Key: { } pattern })
        {
            yaml.Error(root["repositories"], $"The project of '{pattern}' must have 1 to {longest} printable characters.");
        }

        return projects;
    }

    private ProviderOptions? ReadProvider(YamlNode node)
    {
        if (node is not YamlMappingNode provider)
        {
            yaml.Error(node, "A provider is a mapping with name, and with api, base_url and api_key where they aren't the usual ones.");
            return null;
        }

        yaml.CheckKeys(provider, ProviderKeys);
        var name = yaml.RequiredText(provider, "name");
        var api = ReadApi(provider, name);
        var url = ReadBaseUrl(provider, api);
        var key = ReadKey(provider);
        var aws = new AwsReader(yaml, Expand, environment).Read(provider, api, key);
        var timeout = yaml.Number(provider, "timeout_seconds", 1, 3600) ?? 600;
        var unseen = yaml.Number(provider, "unseen_tokens_per_second", 1, 10_000) ?? ProviderOptions.FastestUsual;
        var onDisconnect = yaml.Choice(provider, "on_disconnect", [("cancel", OnDisconnect.Cancel), ("drain", OnDisconnect.Drain)]);
        var resilience = ResilienceReader.Read(yaml, provider);
        var passthrough = PassthroughReader.Read(yaml, provider, api);
        var models = yaml.Items(provider, "models").Select(item => (item as YamlScalarNode)?.Value).OfType<string>().ToList();
        if (name is null || api is null || url is null || key is null || aws is null)
        {
            return null;
        }

        return new ProviderOptions
        {
            Name = name,
            Api = api.Name,
            BaseUrl = url,
            ApiKey = aws.ApiKey,
            Region = aws.Region,
            AwsKeys = aws.Keys,
            AwsProfile = aws.Profile,
            CredentialsFile = yaml.Text(provider, "credentials_file") is { } file ? Expand(provider, "credentials_file", file) : null,
            Entra = EntraReader.Read(yaml, provider, api, key),
            Models = provider.Children.ContainsKey("models") ? models : null,
            Deployments = yaml.Texts(provider, "deployments"),
            PriceProvider = yaml.Text(provider, "price_provider"),
            SubscriptionPassthrough = yaml.Text(provider, "subscription_passthrough") is null
                ? null
                : yaml.Choice(provider, "subscription_passthrough", [("deny", false), ("allow", true)]),
            OnDisconnect = onDisconnect,
            DropsTraceContext = yaml.Choice(provider, "trace_context", [("pass", false), ("drop", true)]),
            Timeout = TimeSpan.FromSeconds(timeout),
            UnseenTokensPerSecond = unseen,
            Resilience = resilience,
            Passthrough = passthrough,
        };
    }

    /// <summary>The API that it speaks: the one that is named, or that of its own name.</summary>
    private ProviderApi? ReadApi(YamlMappingNode provider, string? name)
    {
        if (yaml.Text(provider, "api") is not null)
        {
            return yaml.Choice(provider, "api", [.. ProviderCatalog.Apis.Select(api => (api.Name, api))]);
        }

        var own = name is null ? null : ProviderCatalog.FindApi(name);
        if (own is null && name is not null)
        {
            yaml.Error(
                provider,
                $"'api' is missing: what '{name}' speaks, one of {string.Join(", ", ProviderCatalog.Apis.Select(api => api.Name))}."
            );
        }

        return own;
    }

    private Uri? ReadBaseUrl(YamlMappingNode provider, ProviderApi? api)
    {
        if (api?.TakesGoogleAccount == true)
        {
            return ReadPlace(provider, api);
        }

        if (api?.TakesAwsAccount == true)
        {
            return ReadRegionalUrl(provider, api);
        }

        var text = api?.DefaultBaseUrl is { } usual ? yaml.Text(provider, "base_url") ?? usual : yaml.RequiredText(provider, "base_url");
        return text is null ? null : ReadUrl(provider, "base_url", Expand(provider, "base_url", text));
    }

    /// <summary>The URL in a region, or the one that is given.</summary>
    private Uri? ReadRegionalUrl(YamlMappingNode provider, ProviderApi api) =>
        ReadPlaceName(provider, AwsReader.Region) is not { } region ? null
        : yaml.Text(provider, "base_url") is { } given ? ReadUrl(provider, "base_url", Expand(provider, "base_url", given))
        : new Uri(api.RegionalUrl(region));

    /// <summary>The URL of a project in a location.</summary>
    private Uri? ReadPlace(YamlMappingNode provider, ProviderApi api)
    {
        var (project, location) = (ReadPlaceName(provider, "project"), ReadPlaceName(provider, "location"));
        var text = yaml.Text(provider, "base_url") is { } given ? Expand(provider, "base_url", given) : null;
        if (project is null || location is null || (text is not null && ReadUrl(provider, "base_url", text) is null))
        {
            return null;
        }

        return new Uri(api.PlacedUrl(text, project, location));
    }

    private string? ReadPlaceName(YamlMappingNode provider, string key)
    {
        if (yaml.RequiredText(provider, key) is not { } text)
        {
            return null;
        }

        var name = Expand(provider, key, text);
        if (PlaceName().IsMatch(name))
        {
            return name;
        }

        yaml.Error(provider[key], $"'{key}' has letters, digits, '-', '.' and ':' alone.");
        return null;
    }

    /// <summary>Its key; empty where it has none here: it may need none, or have stored ones.</summary>
    private string? ReadKey(YamlMappingNode provider)
    {
        if (!provider.Children.ContainsKey("api_key"))
        {
            return "";
        }

        var key = yaml.RequiredText(provider, "api_key") is { } secret ? Expand(provider, "api_key", secret) : null;
        return string.IsNullOrEmpty(key) ? null : key;
    }

    private string Expand(YamlMappingNode node, string key, string text) =>
        Variable()
            .Replace(
                text,
                match =>
                {
                    var value = environment(match.Groups[1].Value);
                    if (string.IsNullOrEmpty(value))
                    {
                        yaml.Error(
                            node[key],
                            $"The environment variable {match.Groups[1].Value} isn't set.",
                            $"export {match.Groups[1].Value}=…"
                        );
                    }

                    return value ?? "";
                }
            );

    private Uri? ReadUrl(YamlMappingNode node, string key, string text)
    {
        if (Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" && url.UserInfo.Length == 0)
        {
            return url;
        }

        yaml.Error(node[key], $"'{key}' must be an http or https URL.");
        return null;
    }

    [GeneratedRegex(@"^[a-z0-9][a-z0-9.:-]*$")]
    private static partial Regex PlaceName();

    [GeneratedRegex(@"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")]
    private static partial Regex Variable();
}
