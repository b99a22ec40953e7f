using System.Text.Json;
using Purser.Cli.Api;
using Purser.Cli.Upstream;

namespace Purser.Cli.Replay;

/// <summary>Reads the simulator's own record of what it served and billed.</summary>
internal sealed class SimulatorRecord(Uri simulator) : IDisposable
{
    private readonly UpstreamRecord record = new(simulator);

    /// <summary>The number of the record's last line so far, so that a run need not read what was before it.</summary>
    public async Task<long> LastLineAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await record.LastSeqAsync(cancellationToken);
        }
        catch (HttpRequestException error)
        {
            throw AdminClient.Unreachable(
                "the simulator",
                simulator,
                error,
                "The replay compares with its record: start it with `./purser simulate`, make it the gateway's provider, and say where it is with --simulator URL."
            );
        }
    }

    /// <summary>What it served of a run, after a line.</summary>
    public async Task<IReadOnlyList<ServedRequest>> ReadAsync(long since, ReplayRequest requests, CancellationToken cancellationToken)
    {
        var served = new List<ServedRequest>();
        await foreach (var text in record.LinesAsync($"since={since}", cancellationToken))
        {
            if (Read(text, requests) is { } request)
            {
                served.Add(request);
            }
        }

        return served;
    }

    /// <summary>Reads one line; null where it isn't a completed request of this run.</summary>
    /// <exception cref="FormatException">It isn't a line of the simulator's record.</exception>
    public static ServedRequest? Read(string text, ReplayRequest requests)
    {
        using var document = JsonDocument.Parse(text);
        var line = document.RootElement;
        if (
            line.GetProperty("phase").GetString() != "completed"
            || !line.TryGetProperty("end_user", out var endUser)
            || requests.NumberOf(endUser.GetString()) is not { } number
        )
        {
            return null;
        }

        var usage = UpstreamRecord.ReadUsage(line.GetProperty("billed"));
        return new ServedRequest(number, line.GetProperty("model").GetString() ?? "", usage);
    }

    /// <inheritdoc/>
    public void Dispose() => record.Dispose();
}
