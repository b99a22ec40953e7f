using System.Text;
using System.Text.Json;
using nietras.SeparatedValues;
using Purser.Cli.Quoting;
using Purser.Core.Pricing;

namespace Purser.Cli.Audit;

/// <summary>Reads files of exports. What a file is shows in its content: JSON lines, a JSON document of whatever size, or CSV.</summary>
/// <param name="book">The price book.</param>
/// <param name="reading">Where what was read goes.</param>
/// <param name="advanced">Told of each number of bytes that were read.</param>
internal sealed class ExportFiles(PriceBook book, ExportReading reading, Action<long> advanced)
{
    private const string Unknown = "this is no export that purser knows: OpenAI's, Anthropic's, OpenRouter's or LiteLLM's (docs/audit.md)";

    private static readonly string[] Known = [OpenAIExport.Kind, AnthropicExport.Kind, OpenRouterExport.Kind, LiteLlmExport.Kind];

    private static readonly JsonSerializerOptions Json = new() { MaxDepth = 256 };

    private long position;

    private readonly LiteLlmExport spendLog = new(book, reading);

    /// <summary>The kinds that <c>--from</c> takes.</summary>
    public static IReadOnlyList<string> Kinds => Known;

    /// <summary>Reads a file.</summary>
    /// <exception cref="IOException">It can't be read.</exception>
    public async Task ReadAsync(string path, CancellationToken cancellationToken)
    {
        (reading.File, position) = (Path.GetFileName(path), 0);
        await using var file = File.OpenRead(path);
        switch (Shape(file))
        {
            case FileShape.Lines:
                ReadLines(file, cancellationToken);
                break;
            case FileShape.Array:
                await ReadDocumentAsync(file, isArray: true, cancellationToken);
                break;
            case FileShape.Document:
                await ReadDocumentAsync(file, isArray: false, cancellationToken);
                break;
            case FileShape.Table:
                ReadTable(file, cancellationToken);
                break;
            default:
                reading.Fail("line 1", "the file is empty");
                break;
        }
    }

    private enum FileShape
    {
        Empty,
        Lines,
        Array,
        Document,
        Table,
    }

    // A first line that is a whole object is one of JSON lines, or all of a document in one line.
    private static FileShape Shape(FileStream file)
    {
        Span<byte> head = stackalloc byte[4096];
        var start = head[..file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false)];
        if (start.StartsWith(Encoding.UTF8.Preamble))
        {
            start = start[Encoding.UTF8.Preamble.Length..];
        }
        var first = start.TrimStart(" \t\r\n"u8);
        file.Position = 0;
        if (first.IsEmpty || first[0] != (byte)'{')
        {
            return first.IsEmpty ? FileShape.Empty
                : first[0] == (byte)'[' ? FileShape.Array
                : FileShape.Table;
        }
        var lines = new LineReader(file);
        while (lines.TryRead(out var line))
        {
            if (Trimmed(line) is { IsEmpty: false } text)
            {
                file.Position = 0;
                return IsWhole(text) ? FileShape.Lines : FileShape.Document;
            }
        }
        return FileShape.Empty;
    }

    private static bool IsWhole(ReadOnlySpan<byte> text)
    {
        try
        {
            var json = new Utf8JsonReader(text, new JsonReaderOptions { MaxDepth = 256 });
            while (json.Read()) { }
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static ReadOnlySpan<byte> Trimmed(ReadOnlySpan<byte> line)
    {
        line = line.StartsWith(Encoding.UTF8.Preamble) ? line[Encoding.UTF8.Preamble.Length..] : line;
        return line.Trim(" \t\r"u8);
    }

    private void ReadLines(FileStream file, CancellationToken cancellationToken)
    {
        var lines = new LineReader(file);
        for (var number = 1L; lines.TryRead(out var line); number++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Advance(file);
            if (Trimmed(line) is not { IsEmpty: false } text)
            {
                continue;
            }
            var where = $"line {number}";
            try
            {
                var json = new Utf8JsonReader(text, new JsonReaderOptions { MaxDepth = 256 });
                using var value = JsonDocument.ParseValue(ref json);
                // Throws for what follows the value.
                json.Read();
                ReadWhole(value.RootElement, where, where + ", ");
            }
            catch (JsonException)
            {
                reading.Fail(where, "the line is no JSON");
            }
        }
    }

    private async Task ReadDocumentAsync(FileStream file, bool isArray, CancellationToken cancellationToken)
    {
        var count = 0L;
        try
        {
            var values = JsonSerializer.DeserializeAsyncEnumerable<JsonElement>(file, topLevelValues: !isArray, Json, cancellationToken);
            await foreach (var value in values)
            {
                ReadWhole(value, $"[{count}]", isArray || count > 0 ? $"[{count}]." : "");
                count++;
                Advance(file);
            }
        }
        catch (JsonException wrong)
        {
            reading.Fail(
                $"after {count} values",
                $"the rest is no JSON (line {wrong.LineNumber + 1}, byte {wrong.BytePositionInLine}), and wasn't read"
            );
        }
    }

    private void ReadTable(FileStream file, CancellationToken cancellationToken)
    {
        try
        {
            using var table = Sep.New(',').Reader(options => options with { Unescape = true, DisableColCountCheck = true }).From(file);
            if (!table.HasHeader || !table.Header.ColNames.Contains("request_id") || !table.Header.ColNames.Contains("spend"))
            {
                reading.Fail("line 1", Unknown);
            }
            else if (reading.Is(LiteLlmExport.Kind, "line 1"))
            {
                ReadRows(table, file, cancellationToken);
            }
        }
        catch (Exception wrong) when (wrong is ArgumentException or InvalidDataException or NotSupportedException)
        {
            reading.Fail("the rest of the file", $"it is no table of comma-separated values: {wrong.Message}");
        }
    }

    private void ReadRows(SepReader table, FileStream file, CancellationToken cancellationToken)
    {
        var width = table.Header.ColNames.Count;
        // Prompts and answers may be in other columns; they are never made texts of.
        var columns = SpendRow
            .Columns.Where(name => table.Header.ColNames.Contains(name))
            .Select(name => (name, table.Header.IndexOf(name)))
            .ToList();
        var fields = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var row in table)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Advance(file);
            var where = $"line {row.LineNumberFrom}";
            if (row.ColCount != width)
            {
                reading.Fail(where, $"the row has {row.ColCount} columns, and the header {width}");
                continue;
            }
            foreach (var (name, index) in columns)
            {
                fields[name] = row[index].ToString();
            }
            reading.Row(where, () => spendLog.Add(SpendRow.Of(name => fields.GetValueOrDefault(name, ""))));
        }
    }

    private void Advance(FileStream file)
    {
        if (file.Position > position)
        {
            advanced(file.Position - position);
            position = file.Position;
        }
    }

    // A name or a text that is no Unicode throws where it is looked at.
    private void ReadWhole(JsonElement value, string where, string path)
    {
        try
        {
            ReadValue(value, where, path);
        }
        catch (InvalidOperationException)
        {
            reading.Fail(where, $"{ExportReading.NotUnicode}, and what follows it wasn't read");
        }
    }

    private void ReadValue(JsonElement value, string where, string path)
    {
        if (value.ValueKind != JsonValueKind.Object)
        {
            reading.Fail(where, Unknown);
        }
        else if (SpendRow.IsRow(value))
        {
            ReadRow(LiteLlmExport.Kind, where, () => spendLog.Add(SpendRow.Of(value)));
        }
        else if (OpenRouterExport.IsRow(value))
        {
            ReadRow(OpenRouterExport.Kind, where, () => OpenRouterExport.ReadRow(value, book, reading, where));
        }
        else if (ExportFields.Member(value, "data") is { ValueKind: JsonValueKind.Array } data)
        {
            ReadPage(value, data, where, path);
        }
        else if (value.EnumerateObject().Any(member => ExportFields.Member(member.Value, "data") is { ValueKind: JsonValueKind.Array }))
        {
            // Several lists in one document, by name.
            foreach (var member in value.EnumerateObject().Where(member => ExportFields.Member(member.Value, "data") is not null))
            {
                ReadValue(member.Value, path + member.Name, $"{path}{member.Name}.");
            }
        }
        else
        {
            reading.Fail(where, Unknown);
        }
    }

    private void ReadPage(JsonElement page, JsonElement data, string where, string path)
    {
        if (data.GetArrayLength() == 0)
        {
            return;
        }
        var first = data[0];
        if (ExportFields.Member(first, "starting_at") is not null)
        {
            if (reading.Is(AnthropicExport.Kind, where))
            {
                AnthropicExport.ReadPage(page, reading, path);
            }
        }
        else if (ExportFields.Member(first, "start_time") is not null)
        {
            if (reading.Is(OpenAIExport.Kind, where))
            {
                OpenAIExport.ReadPage(page, reading, path);
            }
        }
        else
        {
            foreach (var (index, row) in data.EnumerateArray().Index())
            {
                ReadValue(row, $"{path}data[{index}]", $"{path}data[{index}].");
            }
        }
    }

    private void ReadRow(string kind, string where, Action read)
    {
        if (reading.Is(kind, where))
        {
            reading.Row(where, read);
        }
    }
}
