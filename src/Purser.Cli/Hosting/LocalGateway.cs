using Microsoft.Extensions.Logging;
using Purser.Gateway;
using Purser.Gateway.Configuration;

namespace Purser.Cli.Hosting;

/// <summary>What a gateway in this process is started with.</summary>
/// <param name="DataFolder">Where it keeps its data; made where it doesn't exist.</param>
/// <param name="Listen">Where it listens; port 0 takes a free one.</param>
/// <param name="ConfigFile">purser.yml; null for none, where the environment's provider keys configure it.</param>
/// <param name="ConfigText">The text of a purser.yml that isn't in a file, as the demo has it; null for none.</param>
/// <param name="Clock">Its clock; null for this machine's.</param>
internal sealed record LocalGatewayOptions(
    string? DataFolder,
    Uri? Listen,
    string? ConfigFile = null,
    string? ConfigText = null,
    TimeProvider? Clock = null
);

/// <summary>
/// A gateway that runs in this process. <c>up</c> and <c>demo</c> go through this type.
/// </summary>
internal sealed class LocalGateway : IAsyncDisposable
{
    /// <summary>Where it listens.</summary>
    public required Uri Address { get; init; }

    /// <summary>The admin key, at the first start on a data folder; null at later ones.</summary>
    public string? NewAdminKey { get; init; }

    /// <summary>What the first start did, and what is worth knowing at each: the organization and its limit, providers without a key.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>Stops it: it drains its requests and settles them.</summary>
    public required Func<Task> Stop { get; init; }

    /// <summary>Starts a gateway, and returns once it answers.</summary>
    /// <exception cref="CliException">It can't start: the configuration is wrong, the port is taken, the folder can't be written.</exception>
    public static async Task<LocalGateway> StartAsync(LocalGatewayOptions options, CancellationToken cancellationToken)
    {
        try
        {
            var loaded = OptionsLoader.Load(
                options.ConfigFile,
                options.ConfigText,
                options.DataFolder,
                options.Listen,
                Environment.GetEnvironmentVariable
            );
            var host = await GatewayHost.StartAsync(loaded, Log, options.Clock, cancellationToken);
            return new LocalGateway
            {
                Address = host.Address,
                NewAdminKey = host.NewAdminKey,
                Notes = [.. NotesOf(host, loaded)],
                Stop = () => host.DisposeAsync().AsTask(),
            };
        }
        catch (InvalidConfigurationException invalid)
        {
            throw CliException.Usage(invalid.Message);
        }
        catch (Exception exception) when (exception is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            throw CliException.Failed(exception.Message);
        }
    }

    private static void Log(ILoggingBuilder logging) =>
        logging
            .SetMinimumLevel(LogLevel.Warning)
            .AddFilter("Microsoft.Extensions.Hosting", LogLevel.None)
            .AddSimpleConsole(console => console.SingleLine = true);

    private static IEnumerable<string> NotesOf(GatewayHost host, GatewayOptions options)
    {
        if (host.NewAdminKey is not null)
        {
            yield return $"First start: made an organization with a hard limit of ${GatewayHost.FirstLimitText} a month (change it: ./purser budgets set --account / --usd 500 --window month).";
        }

        if (host.Recovered > 0)
        {
            yield return $"{host.Recovered} requests were under way when Purser ended; each is posted at its ceiling, marked unconfirmed.";
        }

        if (options.Providers.Count == 0)
        {
            yield return "No provider is configured: set OPENAI_API_KEY or ANTHROPIC_API_KEY, or write a purser.yml (samples/purser.yml).";
        }

        foreach (var warning in host.Warnings)
        {
            yield return warning;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await Stop();
}
