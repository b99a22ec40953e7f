using System.Globalization;
using System.Text.Json;

namespace Purser.Cli.Replay;

/// <summary>Reads the two formats of public traces of language-model traffic. Which one a file is shows in its first line.</summary>
internal static class TraceReader
{
    private const string AzureHeader = "TIMESTAMP,ContextTokens,GeneratedTokens";
    private const string AzureTime = "yyyy-MM-dd HH:mm:ss.FFFFFFF";

    /// <summary>Reads a trace.</summary>
    /// <param name="trace">Its text.</param>
    /// <param name="limit">How many rows to read at most.</param>
    /// <exception cref="FormatException">It isn't a trace; the message says in which line and why.</exception>
    public static IReadOnlyList<TraceRow> Read(TextReader trace, int limit)
    {
        var first = trace.ReadLine()?.TrimStart('\uFEFF').TrimEnd() ?? "";
        if (first.Equals(AzureHeader, StringComparison.OrdinalIgnoreCase))
        {
            return ReadAzure(trace, limit);
        }

        return first.StartsWith('{')
            ? ReadMooncake(first, trace, limit)
            : throw new FormatException(
                $"line 1: neither the header '{AzureHeader}' nor a JSON object with input_length and output_length"
            );
    }

    private static List<TraceRow> ReadAzure(TextReader trace, int limit)
    {
        var rows = new List<TraceRow>();
        DateTime? start = null;
        for (var line = 2; rows.Count < limit && trace.ReadLine() is { } text; line++)
        {
            if (text.Trim().Length == 0)
            {
                continue;
            }

            var fields = text.Trim().Split(',');
            if (
                fields.Length != 3
                || !DateTime.TryParseExact(fields[0], AzureTime, CultureInfo.InvariantCulture, DateTimeStyles.None, out var time)
                || !int.TryParse(fields[1], NumberStyles.None, CultureInfo.InvariantCulture, out var input)
                || !int.TryParse(fields[2], NumberStyles.None, CultureInfo.InvariantCulture, out var output)
            )
            {
                throw new FormatException($"line {line}: not '2023-11-16 18:15:46.6805900,374,44' but '{text}'");
            }

            start ??= time;
            rows.Add(Checked(new TraceRow(rows.Count + 1, time - start.Value, input, output, null), line));
        }

        return rows;
    }

    private static List<TraceRow> ReadMooncake(string first, TextReader trace, int limit)
    {
        var rows = new List<TraceRow>();
        long? start = null;
        var line = 1;
        for (var text = first; text is not null && rows.Count < limit; text = trace.ReadLine(), line++)
        {
            if (text.Trim().Length == 0)
            {
                continue;
            }

            try
            {
                var row = JsonSerializer.Deserialize<MooncakeRow>(text, Json)!;
                start ??= row.Timestamp;
                var offset = TimeSpan.FromMilliseconds(row.Timestamp - start.Value);
                rows.Add(Checked(new TraceRow(rows.Count + 1, offset, row.InputLength, row.OutputLength, row.HashIds), line));
            }
            catch (JsonException error)
            {
                throw new FormatException($"line {line}: {error.Message}", error);
            }
        }

        return rows;
    }

    private static TraceRow Checked(TraceRow row, int line)
    {
        if (row.InputTokens < 1 || row.OutputTokens < 1)
        {
            throw new FormatException($"line {line}: a request has at least one token in and one out");
        }

        var blocks = (row.InputTokens + TraceRow.BlockTokens - 1) / TraceRow.BlockTokens;
        if (row.Blocks is { } given && given.Count != blocks)
        {
            throw new FormatException(
                $"line {line}: {row.InputTokens} tokens are {blocks} blocks of {TraceRow.BlockTokens}, but hash_ids has {given.Count}"
            );
        }

        return row;
    }

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        RespectRequiredConstructorParameters = true,
    };

    private sealed record MooncakeRow(long Timestamp, int InputLength, int OutputLength, IReadOnlyList<long> HashIds);
}
