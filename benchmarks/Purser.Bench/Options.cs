using System.Globalization;
using System.Text;

namespace Purser.Bench;

/// <summary>What the command line asked for.</summary>
internal sealed record Options
{
    public const string Usage = """
        benchmarks/run [options]

          --quick            2 rounds of 1 s instead of 5 rounds of 3 s; shows that it works, not who is faster
          --rounds N         rounds, each of which visits every row and target once (1-100)
          --seconds S        length of one load run (0.5-60)
          --warmup S         load on each target before the first round, a row kind each (0-60; default 4, quick 1)
          --only A,B         targets: direct, nginx, yarp, portkey, purser, purser-auto, purser-variants (default: the first four)
          --rows A,B         rows: 1kb, 20kb, 2mb, 50mb, stream, paced, lat1, lat8, lat16 (default: all)
          --before DIR       one more Purser, published there from an older state: the same requests through both, in the same run
          --also NAME=CMD    one more proxy; {port}, {url} and {upstream} in CMD are replaced. May be repeated
          --patience S       seconds in all to wait for moments when nothing else runs (0-3600; default 120)
          --no-startup       leave out the start-up times
          --port N           first of 40 ports on 127.0.0.1 (default 18400)
          --out DIR          where results.json, results.md and the logs go (default artifacts/benchmarks)
        """;

    public int Rounds { get; init; } = 5;
    public double Seconds { get; init; } = 3;
    public double WarmupSeconds { get; init; } = 4;
    public IReadOnlyList<string> Only { get; init; } = ["direct", "nginx", "yarp", "portkey"];
    public IReadOnlyList<string> Rows { get; init; } = [.. Row.All.Select(row => row.Id)];
    public IReadOnlyList<(string Name, string Command)> Also { get; init; } = [];
    public string? Before { get; init; }
    public double Patience { get; init; } = 120;
    public bool StartUp { get; init; } = true;
    public int Port { get; init; } = 18400;
    public string Out { get; init; } = "artifacts/benchmarks";

    /// <exception cref="FormatException">An option that isn't known, or a value out of its range.</exception>
    public static Options Parse(IReadOnlyList<string> args)
    {
        var options = new Options();
        for (var n = 0; n < args.Count; n++)
        {
            string Value() => ++n < args.Count ? args[n] : throw new FormatException($"{args[n - 1]} needs a value");
            options = args[n] switch
            {
                "--quick" => options with { Rounds = 2, Seconds = 1, WarmupSeconds = 1 },
                "--rounds" => options with { Rounds = (int)Number(Value(), 1, 100) },
                "--seconds" => options with { Seconds = Number(Value(), 0.5, 60) },
                "--warmup" => options with { WarmupSeconds = Number(Value(), 0, 60) },
                "--only" => options with { Only = Value().Split(',', StringSplitOptions.RemoveEmptyEntries) },
                "--rows" => options with { Rows = Value().Split(',', StringSplitOptions.RemoveEmptyEntries) },
                "--also" => options with { Also = [.. options.Also, Named(Value())] },
                "--before" => options with { Before = Value() },
                "--patience" => options with { Patience = Number(Value(), 0, 3600) },
                "--no-startup" => options with { StartUp = false },
                "--port" => options with { Port = (int)Number(Value(), 1024, 65000) },
                "--out" => options with { Out = Value() },
                _ => throw new FormatException($"unknown option {args[n]}\n\n{Usage}"),
            };
        }
        return options;
    }

    private static double Number(string text, double least, double most) =>
        double.TryParse(text, CultureInfo.InvariantCulture, out var value) && value >= least && value <= most
            ? value
            : throw new FormatException($"'{text}' is not a number from {least} to {most}");

    private static (string, string) Named(string text)
    {
        var at = text.IndexOf('=', StringComparison.Ordinal);
        return at > 0 ? (text[..at], text[(at + 1)..]) : throw new FormatException($"--also wants NAME=COMMAND, not '{text}'");
    }
}

/// <summary>One kind of load.</summary>
/// <param name="BodyBytes">Size of the request's body.</param>
internal sealed record Row(string Id, string Title, int Connections, int BodyBytes, RowKind Kind)
{
    public static IReadOnlyList<Row> All { get; } =
    [
        new("1kb", "1 KB, c=32", 32, 1_000, RowKind.Throughput),
        new("20kb", "20 KB, c=32", 32, 20_000, RowKind.Throughput),
        new("2mb", "2 MB, c=4", 4, 2_000_000, RowKind.Throughput),
        new("50mb", "50 MB, c=4", 4, 50_000_000, RowKind.Throughput),
        new("stream", "stream, c=32", 32, 1_000, RowKind.Stream),
        new("paced", "paced, c=128", 128, 1_000, RowKind.PacedStream),
        new("lat1", "c=1", 1, 1_000, RowKind.Latency),
        new("lat8", "c=8", 8, 1_000, RowKind.Latency),
        new("lat16", "c=16", 16, 1_000, RowKind.Latency),
    ];

    public bool Streamed => Kind is RowKind.Stream or RowKind.PacedStream;

    /// <summary>The request's body: a chat completion that is exactly as long as the row says.</summary>
    public byte[] Body()
    {
        var start =
            "{\"model\":\"gpt-5-mini\","
            + (Streamed ? "\"stream\":true," : "")
            + (Kind == RowKind.PacedStream ? "\"user\":\"pace-10\"," : "\"user\":\"bench\",")
            + "\"max_completion_tokens\":400,\"messages\":[{\"role\":\"system\",\"content\":\"You are terse.\"},{\"role\":\"user\",\"content\":\"";
        const string End = "\"}]}";
        var text = new StringBuilder(start, BodyBytes);
        const string Words = "The quick brown fox jumps over the lazy dog, \\\"and so on\\\".\\n";
        while (text.Length + Words.Length + End.Length <= BodyBytes)
        {
            text.Append(Words);
        }
        text.Append('x', BodyBytes - text.Length - End.Length).Append(End);
        return Encoding.ASCII.GetBytes(text.ToString());
    }
}

internal enum RowKind
{
    Throughput,
    Stream,
    PacedStream,
    Latency,
}
