namespace Purser.Cli.Hosting;

/// <summary>What a gateway in this process is started with.</summary>
/// <param name="DataFolder">Where it keeps its data; made where it doesn't exist.</param>
/// <param name="Listen">Where it listens; port 0 takes a free one.</param>
/// <param name="ConfigFile">purser.yml; null for none, where the environment's provider keys configure it.</param>
/// <param name="ConfigText">The text of a purser.yml that isn't in a file, as the demo has it; null for none.</param>
internal sealed record LocalGatewayOptions(string DataFolder, Uri Listen, string? ConfigFile = null, string? ConfigText = null);

/// <summary>
/// A gateway that runs in this process. THE SEAM to <c>Purser.Gateway.GatewayHost</c>: `up` and `demo` go through this type, and
/// nothing else of the command line knows the host's API.
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
    public static Task<LocalGateway> StartAsync(LocalGatewayOptions options, CancellationToken cancellationToken) =>
        throw CliException.Failed($"this build has no gateway in it yet (for {options.Listen})");

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await Stop();
}
