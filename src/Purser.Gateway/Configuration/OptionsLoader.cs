using Purser.Core.Pricing;
using Purser.Gateway.Credentials;
using Purser.Providers;

namespace Purser.Gateway.Configuration;

/// <summary>Puts the gateway's options together: from <c>purser.yml</c>, the command line, and the usual environment variables.</summary>
public static class OptionsLoader
{
    /// <summary>The configuration that's used where none is named, if it's there.</summary>
    public const string DefaultFile = "purser.yml";

    /// <summary>The price files that ship with Purser.</summary>
    public static string ShippedPrices => Path.Combine(AppContext.BaseDirectory, "prices");

    /// <summary>Loads the options. The command line wins over the file, the file over the defaults.</summary>
    /// <param name="file">The configuration file, or null: <c>purser.yml</c> where there is one.</param>
    /// <param name="text">The configuration itself, where it's in no file; wins over <paramref name="file"/>.</param>
    /// <param name="data">The data folder, or null.</param>
    /// <param name="listen">Where to listen, or null.</param>
    /// <param name="environment">Looks up environment variables.</param>
    /// <exception cref="InvalidConfigurationException">Every error in the file.</exception>
    public static GatewayOptions Load(string? file, string? text, string? data, Uri? listen, Func<string, string?> environment)
    {
        if (file is null && text is null && File.Exists(DefaultFile))
        {
            file = DefaultFile;
        }

        if (file is not null && !File.Exists(file))
        {
            throw new InvalidConfigurationException([$"There is no configuration file '{file}'."]);
        }

        var configuration = ConfigurationFile.Parse(file ?? DefaultFile, text ?? (file is null ? "" : File.ReadAllText(file)), environment);
        if (configuration.Errors.Count > 0)
        {
            throw new InvalidConfigurationException([.. configuration.Errors.Select(error => error.ToString())]);
        }

        var defaults = new GatewayOptions();
        var address = listen ?? configuration.Listen ?? defaults.Listen;
        var folder = data ?? configuration.Data ?? defaults.DataDirectory;
        return new GatewayOptions
        {
            Listen = address,
            DataDirectory = folder,
            MasterKey = MasterKey.Load(configuration.MasterKeyFile, folder, environment),
            Durability = configuration.Durability,
            MaxBodyBytes = configuration.MaxBodyMiB is { } mebibytes ? mebibytes << 20 : defaults.MaxBodyBytes,
            DrainTimeout = configuration.DrainSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : defaults.DrainTimeout,
            BudgetNotice = configuration.BudgetNotice,
            Balance = configuration.Balance,
            Repositories = new RepositoryProjects(configuration.Repositories),
            TotalTimeout = configuration.TotalTimeoutSeconds is { } total ? TimeSpan.FromSeconds(total) : defaults.TotalTimeout,
            BatchPoll = configuration.BatchPollSeconds is { } poll ? TimeSpan.FromSeconds(poll) : defaults.BatchPoll,
            Providers = configuration.Providers.Count > 0 ? configuration.Providers : FromEnvironment(environment, address),
            Realtime = configuration.Realtime,
            Routing = configuration.Routing is { ModelFile: { } model } routing
                // Beside the configuration, wherever the gateway is started.
                ? routing with
                {
                    ModelFile = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(file ?? DefaultFile))!, model),
                }
                : configuration.Routing,
            Webhooks = configuration.Webhooks,
            PriceFiles = PriceFiles(configuration.Prices),
            ContractFiles = ContractFiles(configuration.Contracts),
        };
    }

    /// <summary>The shipped price files, then those of another folder.</summary>
    /// <exception cref="InvalidConfigurationException">The folder isn't there.</exception>
    public static IReadOnlyList<PriceFile> PriceFiles(string? more)
    {
        var files = Read(Path.Combine(ShippedPrices, "providers"));
        if (more is not null && !Directory.Exists(more))
        {
            throw new InvalidConfigurationException([$"There is no price folder '{more}'."]);
        }

        return more is null ? files : [.. files, .. Read(more)];
    }

    /// <summary>The files of a folder (<c>*.yml</c>, by name), or one file; none where there is neither.</summary>
    public static IReadOnlyList<PriceFile> YamlFiles(string path) =>
        File.Exists(path) ? [Text(path)]
        : Directory.Exists(path) ? Read(path)
        : [];

    private static List<PriceFile> ContractFiles(string? folder) =>
        folder is null ? []
        : Directory.Exists(folder) ? Read(folder)
        : throw new InvalidConfigurationException([$"There is no contract folder '{folder}'."]);

    private static List<PriceFile> Read(string folder) =>
        [.. Directory.EnumerateFiles(folder, "*.yml").Order(StringComparer.Ordinal).Select(Text)];

    private static PriceFile Text(string path) => new(Path.GetRelativePath(Environment.CurrentDirectory, path), File.ReadAllText(path));

    private static List<ProviderOptions> FromEnvironment(Func<string, string?> environment, Uri self)
    {
        var providers = new List<ProviderOptions>();
        foreach (var api in ProviderCatalog.Apis)
        {
            if (
                api is not { DefaultBaseUrl: { } url }
                || api.EnvironmentPrefixes.FirstOrDefault(name => environment($"{name}_API_KEY") is { Length: > 0 }) is not { } prefix
            )
            {
                continue;
            }

            // A shell that already points its clients at this gateway must not make the gateway call itself.
            var other = environment($"{prefix}_BASE_URL");
            var usable = Uri.TryCreate(other, UriKind.Absolute, out var parsed) && !(parsed.Host == self.Host && parsed.Port == self.Port);
            providers.Add(
                new ProviderOptions
                {
                    Name = api.Name,
                    Api = api.Name,
                    BaseUrl = usable ? parsed! : new Uri(url),
                    ApiKey = environment($"{prefix}_API_KEY")!,
                }
            );
        }

        return providers;
    }
}
