using System.Globalization;
using System.Text;
using System.Text.Json;
using Purser.Bench.Measuring;

namespace Purser.Bench.Load;

/// <summary>Runs the right load generator for a row, as a process of its own on the load's core.</summary>
internal sealed class Loader(Workplace place)
{
    /// <exception cref="BenchException">The generator failed, or one answer was wrong.</exception>
    public async Task<LoadResult> RunAsync(Running running, Row row, double seconds)
    {
        var result = row.Streamed ? await StreamAsync(running, row, seconds) : await WrkAsync(running, row, seconds);
        if (result.Errors > 0 || result.Requests == 0)
        {
            throw new BenchException($"{result.Errors} errors, {result.Requests} good answers; {result.Detail}");
        }
        return result;
    }

    private async Task<LoadResult> WrkAsync(Running running, Row row, double seconds)
    {
        var headers = place.FileOf("headers.txt");
        await File.WriteAllLinesAsync(
            headers,
            ["content-type: application/json", .. running.Target.Headers.Select(header => $"{header.Key}: {header.Value}")]
        );
        // wrk takes whole seconds only.
        var whole = Math.Max(1, (int)Math.Round(seconds));
        var printed = await Child.RunAsync(
            Workplace.LoadCore,
            place.FileOf("wrk.txt"),
            new Dictionary<string, string> { ["BENCH_BODY"] = await BodyFileAsync(row), ["BENCH_HEADERS"] = headers },
            [
                "wrk",
                "-t1",
                $"-c{row.Connections}",
                $"-d{whole}s",
                "--timeout",
                "10s",
                "-s",
                Path.Combine(AppContext.BaseDirectory, "Load/wrk.lua"),
                $"http://{running.Address}",
            ],
            TimeSpan.FromSeconds(whole + 15)
        );
        return Parse(printed);
    }

    private async Task<LoadResult> StreamAsync(Running running, Row row, double seconds)
    {
        var request = new StringBuilder(
            $"POST /v1/chat/completions HTTP/1.1\r\nHost: {running.Address}\r\ncontent-type: application/json\r\n"
        );
        foreach (var (name, value) in running.Target.Headers)
        {
            request.Append(CultureInfo.InvariantCulture, $"{name}: {value}\r\n");
        }
        var body = row.Body();
        request.Append(CultureInfo.InvariantCulture, $"content-length: {body.Length}\r\n\r\n");
        var file = place.FileOf("stream-request.bin");
        await File.WriteAllBytesAsync(file, [.. Encoding.ASCII.GetBytes(request.ToString()), .. body]);
        var printed = await Child.RunAsync(
            Workplace.LoadCore,
            place.FileOf("stream.txt"),
            Self.Environment,
            Self.Command("load", $"{running.Address}", file, $"{row.Connections}", seconds.ToString(CultureInfo.InvariantCulture)),
            TimeSpan.FromSeconds(seconds + 15)
        );
        return Parse(printed);
    }

    private async Task<string> BodyFileAsync(Row row)
    {
        var file = place.FileOf($"{row.Id}.json");
        if (!File.Exists(file))
        {
            await File.WriteAllBytesAsync(file, row.Body());
        }
        return file;
    }

    private static LoadResult Parse(string printed) =>
        JsonSerializer.Deserialize<LoadResult>(printed.TrimEnd().Split('\n')[^1]) ?? throw new BenchException($"no result in: {printed}");
}
