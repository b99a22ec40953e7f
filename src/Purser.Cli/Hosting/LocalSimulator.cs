using Purser.Simulator;
using Purser.Simulator.Faults;
using Purser.Simulator.Latency;
using Purser.Simulator.Skills;

namespace Purser.Cli.Hosting;

/// <summary>What a simulator in this process is started with.</summary>
/// <param name="Listen">Where it listens; port 0 takes a free one.</param>
/// <param name="Seed">What its answers are drawn from.</param>
/// <param name="Latency">A latency profile; null for none.</param>
/// <param name="Fault">A plan of faults; null for none.</param>
/// <param name="Record">The file that it records in what it served and billed; null for memory only.</param>
/// <param name="BillAfterCancel">What a client that leaves is billed beyond what was generated; null for nothing.</param>
/// <param name="Thinking">Hidden thinking of models that reason; null for none.</param>
/// <param name="TokenLifetime">How many seconds access tokens are good; null for an hour.</param>
/// <param name="AwsKey">The AWS key pair whose signatures are verified, as <c>ID:SECRET</c>; null to check only their form.</param>
/// <param name="BatchAfter">How many seconds a batch waits before its requests run; null for one.</param>
/// <param name="RefusesWebSocket">Whether OpenAI's responses over a WebSocket are refused.</param>
/// <param name="Skills">How well models answer; null for neither well nor badly.</param>
/// <param name="Clock">Its clock; null for this machine's.</param>
internal sealed record LocalSimulatorOptions(
    Uri Listen,
    long Seed = 1,
    string? Latency = null,
    string? Fault = null,
    string? Record = null,
    string? BillAfterCancel = null,
    string? Thinking = null,
    int? TokenLifetime = null,
    string? AwsKey = null,
    int? BatchAfter = null,
    bool RefusesWebSocket = false,
    SkillPlan? Skills = null,
    TimeProvider? Clock = null
);

/// <summary>
/// A simulator that runs in this process. <c>simulate</c> and <c>demo</c> go through this type.
/// </summary>
internal sealed class LocalSimulator : IAsyncDisposable
{
    /// <summary>Where it listens.</summary>
    public required Uri Address { get; init; }

    /// <summary>Stops it.</summary>
    public required Func<Task> Stop { get; init; }

    /// <summary>Starts a simulator, and returns once it answers.</summary>
    /// <exception cref="CliException">An option is wrong, or the port is taken.</exception>
    public static async Task<LocalSimulator> StartAsync(LocalSimulatorOptions options, CancellationToken cancellationToken)
    {
        var latency = LatencyProfile.None;
        if (options.Latency is not null && !LatencyProfile.TryParse(options.Latency, out latency, out var error))
        {
            throw CliException.Usage($"--latency: {error}");
        }

        var fault = FaultPlan.None;
        if (options.Fault is not null && !FaultPlan.TryParse(options.Fault, out fault, out error))
        {
            throw CliException.Usage($"--fault: {error}");
        }

        var billAfterCancel = BillAfterCancel.Generated;
        if (options.BillAfterCancel is not null && !BillAfterCancel.TryParse(options.BillAfterCancel, out billAfterCancel, out error))
        {
            throw CliException.Usage($"--bill-after-cancel: {error}");
        }

        HiddenThinking? thinking = null;
        if (options.Thinking is not null && !HiddenThinking.TryParse(options.Thinking, out thinking, out error))
        {
            throw CliException.Usage($"--think: {error}");
        }

        CheckSeconds("--token-lifetime", options.TokenLifetime, 2, 43_200);
        CheckSeconds("--batch-after", options.BatchAfter, 0, 86_400);
        AwsKeyPair? awsKey = null;
        if (options.AwsKey is not null && !AwsKeyPair.TryParse(options.AwsKey, out awsKey))
        {
            throw CliException.Usage("--aws-key: it is no key pair; write ID:SECRET");
        }

        try
        {
            var simulator = await Simulator.Simulator.StartAsync(
                new SimulatorOptions
                {
                    Listen = options.Listen,
                    Seed = (ulong)options.Seed,
                    Latency = latency!,
                    Fault = fault!,
                    RecordPath = options.Record,
                    BillAfterCancel = billAfterCancel,
                    Thinking = thinking,
                    TokenLifetime = TimeSpan.FromSeconds(options.TokenLifetime ?? 3600),
                    AwsKey = awsKey,
                    BatchDelay = TimeSpan.FromSeconds(options.BatchAfter ?? 1),
                    RefusesResponsesSocket = options.RefusesWebSocket,
                    Skills = options.Skills,
                    Time = options.Clock ?? TimeProvider.System,
                },
                cancellationToken
            );
            return new LocalSimulator { Address = simulator.Address, Stop = () => simulator.DisposeAsync().AsTask() };
        }
        catch (Exception exception) when (exception is IOException or ArgumentException)
        {
            throw CliException.Failed(exception.Message);
        }
    }

    private static void CheckSeconds(string option, int? seconds, int least, int most)
    {
        if (seconds < least || seconds > most)
        {
            throw CliException.Usage($"{option}: '{seconds}' is not a number of seconds from {least} to {most}");
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await Stop();

    /// <summary>The configuration of a gateway whose providers are both the simulator.</summary>
    public static string Configuration(Uri simulator)
    {
        var address = simulator.GetLeftPart(UriPartial.Authority);
        return $"""
            providers:
              - name: openai
                api: openai
                base_url: {address}/v1
                api_key: sk-simulated
              - name: anthropic
                api: anthropic
                base_url: {address}
                api_key: sk-simulated

            """;
    }
}
