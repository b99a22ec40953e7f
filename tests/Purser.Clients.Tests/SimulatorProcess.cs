using System.Text.Json;
using System.Text.RegularExpressions;

namespace Purser.Clients.Tests;

/// <summary><c>purser simulate</c>, and its own record of what it served and billed.</summary>
internal sealed partial class SimulatorProcess : IAsyncDisposable
{
    private readonly ProgramProcess program;
    private readonly HttpClient http;

    private SimulatorProcess(ProgramProcess program, Uri address)
    {
        this.program = program;
        Address = address;
        http = new HttpClient { BaseAddress = address };
    }

    /// <summary>Where it listens.</summary>
    public Uri Address { get; }

    /// <summary>Starts one on any free port.</summary>
    public static async Task<SimulatorProcess> StartAsync(string folder, params string[] options)
    {
        var program = ProgramProcess.StartPurser(folder, ["simulate", "--listen", "http://127.0.0.1:0", "--seed", "1", .. options]);
        try
        {
            return new SimulatorProcess(program, new Uri((await program.WaitForAsync(Listens())).Groups[1].Value));
        }
        catch
        {
            await program.DisposeAsync();
            throw;
        }
    }

    /// <summary>What it billed after a number of its record, one a request, in order.</summary>
    public async Task<IReadOnlyList<Billed>> BilledAfterAsync(long seq)
    {
        var billed = new List<Billed>();
        foreach (var line in await LinesAsync())
        {
            using var json = JsonDocument.Parse(line);
            var record = json.RootElement;
            if (record.GetProperty("seq").GetInt64() > seq && record.GetProperty("phase").GetString() == "completed")
            {
                var figures = record.TryGetProperty("billed", out var nested) ? nested : record;
                billed.Add(new Billed(record.GetProperty("model").GetString()!, TokensUsed.Read(figures)));
            }
        }

        return billed;
    }

    /// <summary>What it billed for the requests of each batch.</summary>
    public async Task<IReadOnlyDictionary<string, IReadOnlyList<Billed>>> BatchesAsync()
    {
        var batches = new Dictionary<string, List<Billed>>();
        foreach (var line in await LinesAsync())
        {
            using var json = JsonDocument.Parse(line);
            var record = json.RootElement;
            if (record.GetProperty("phase").GetString() != "completed" || !record.TryGetProperty("batch", out var batch))
            {
                continue;
            }

            if (!batches.TryGetValue(batch.GetString()!, out var billed))
            {
                batches[batch.GetString()!] = billed = [];
            }

            billed.Add(new Billed(record.GetProperty("model").GetString()!, TokensUsed.Read(record.GetProperty("billed"))));
        }

        return batches.ToDictionary(pair => pair.Key, pair => (IReadOnlyList<Billed>)pair.Value);
    }

    /// <summary>Whether a request after a number of its record was answered with an error.</summary>
    public async Task<bool> HasFailedAsync(long seq)
    {
        foreach (var line in await LinesAsync())
        {
            using var json = JsonDocument.Parse(line);
            var record = json.RootElement;
            if (
                record.GetProperty("seq").GetInt64() > seq
                && record.TryGetProperty("status", out var status)
                && status.ValueKind == JsonValueKind.Number
                && status.GetInt32() >= 400
            )
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether the newest request asked for a stream.</summary>
    public async Task<bool> LastIsStreamedAsync()
    {
        using var json = JsonDocument.Parse((await LinesAsync())[^1]);
        return json.RootElement.GetProperty("stream").GetBoolean();
    }

    /// <summary>The record's newest number.</summary>
    public async Task<long> LastSeqAsync()
    {
        var last = (await LinesAsync()).LastOrDefault();
        if (last is null)
        {
            return 0;
        }

        using var json = JsonDocument.Parse(last);
        return json.RootElement.GetProperty("seq").GetInt64();
    }

    public async ValueTask DisposeAsync()
    {
        http.Dispose();
        await program.DisposeAsync();
    }

    /// <summary>The attempts that reached it, by the id that the gateway sent; what it billed for each, or null while under way.</summary>
    public async Task<IReadOnlyDictionary<string, Billed?>> AttemptsAsync()
    {
        var attempts = new Dictionary<string, Billed?>();
        foreach (var line in await LinesAsync())
        {
            using var json = JsonDocument.Parse(line);
            var record = json.RootElement;
            var id = record.GetProperty("client_request_id").GetString()!;
            if (record.GetProperty("phase").GetString() == "completed")
            {
                attempts[id] = new Billed(record.GetProperty("model").GetString()!, TokensUsed.Read(record.GetProperty("billed")));
            }
            else
            {
                attempts.TryAdd(id, null);
            }
        }

        return attempts;
    }

    /// <summary>How many requests it is serving now.</summary>
    public async Task<long> InFlightAsync()
    {
        using var json = JsonDocument.Parse(await http.GetStringAsync(new Uri("/simulator/summary", UriKind.Relative)));
        return json.RootElement.GetProperty("in_flight").GetInt64();
    }

    private async Task<string[]> LinesAsync() =>
        (await http.GetStringAsync(new Uri("/simulator/records", UriKind.Relative))).Split('\n', StringSplitOptions.RemoveEmptyEntries);

    [GeneratedRegex(@"listens on (http://[\d.:]+\d)")]
    private static partial Regex Listens();
}
