using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json.Nodes;
using Purser.Providers.Translation;

namespace Purser.Providers.Tests.Translation;

/// <summary>The golden cells of <c>tests/vectors/translation</c>: one folder for a client's format, a provider's format and a case.</summary>
internal static class TranslationVectors
{
    public const string AnswerId = "answer-1";
    public const long Created = 1_767_225_600;

    private static readonly Dictionary<string, string> UsualModels = new()
    {
        ["chat"] = "gpt-4.1",
        ["messages"] = "claude-sonnet-4-5",
        ["responses"] = "gpt-4.1",
        ["gemini"] = "gemini-2.5-pro",
        ["converse"] = "anthropic.claude-sonnet-4-5-20250929-v1:0",
        ["ollama"] = "llama3.2",
    };

    public static string Root { get; } = FindRoot();

    /// <summary>Every cell, as <c>client-provider/case</c>.</summary>
    public static IEnumerable<string> Cells =>
        Directory
            .EnumerateDirectories(Root)
            .SelectMany(Directory.EnumerateDirectories)
            .Select(folder => Path.GetRelativePath(Root, folder).Replace('\\', '/'))
            .Where(cell => !cell.StartsWith("shared/", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal);

    public static (FormatTranslator Client, FormatTranslator Provider) Formats(string cell)
    {
        var names = cell.Split('/')[0].Split('-');
        return (FormatTranslators.Find(names[0])!, FormatTranslators.Find(names[1])!);
    }

    /// <summary>A file of a cell; null where it has none.</summary>
    public static byte[]? File(string cell, string name)
    {
        var path = Path.Combine(Root, cell, name);
        return System.IO.File.Exists(path) ? System.IO.File.ReadAllBytes(path) : null;
    }

    public static string[] Lines(string cell, string name) =>
        Encoding.UTF8.GetString(File(cell, name) ?? []).Split('\n', StringSplitOptions.RemoveEmptyEntries);

    public static TranslationTarget Target(string cell) =>
        new(Lines(cell, "target.txt").FirstOrDefault() ?? UsualModels[cell.Split('/')[0].Split('-')[1]]);

    /// <summary>What the URL said: one line with the model, one with <c>stream</c> where it asked for a stream.</summary>
    public static PathFacts PathOf(string cell) =>
        Lines(cell, "path.txt") is [var model, .. var more] ? new PathFacts(model, more.Contains("stream")) : default;

    public static CanonicalRequest Request(string cell)
    {
        var read = Formats(cell).Client.ReadRequest(File(cell, "client-request.json")!, PathOf(cell));
        Assert.Null(read.Fault);
        return read.Request!;
    }

    /// <summary>The context of the cell's answer.</summary>
    public static AnswerContext Context(string cell)
    {
        var request = Request(cell);
        var written = Formats(cell).Provider.WriteRequest(request, Target(cell), new ArrayBufferWriter<byte>());
        return new AnswerContext(request, AnswerId, Created, written.RenamedTools);
    }

    /// <summary>The same JSON, whatever the order of members.</summary>
    public static void Same(byte[] expected, ReadOnlySpan<byte> actual, string what)
    {
        var text = Encoding.UTF8.GetString(actual);
        var (one, other) = (JsonNode.Parse(expected), JsonNode.Parse(text));
        Assert.True(JsonNode.DeepEquals(one, other), $"{what}\nexpected: {one!.ToJsonString()}\nactual:   {other!.ToJsonString()}");
    }

    /// <summary>A stream's events, one a line, with the JSON in one form. Comments count.</summary>
    public static string[] Events(ReadOnlySpan<byte> stream) =>
        [
            .. Encoding
                .UTF8.GetString(stream)
                .Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(line => line.StartsWith("data: {", StringComparison.Ordinal) ? "data: " + Sorted(line[6..]) : Sorted(line)),
        ];

    /// <summary>Translates a whole stream, which comes in chunks.</summary>
    public static byte[] Stream(string cell, params IEnumerable<byte[]> chunks)
    {
        var (client, provider) = Formats(cell);
        var context = Context(cell);
        var sink = new WritingSink(client.CreateStreamWriter(context));
        using var reader = provider.CreateStreamReader(context);
        foreach (var chunk in chunks)
        {
            reader.Feed(chunk, sink);
        }
        reader.End(sink);
        return sink.Output.WrittenSpan.ToArray();
    }

    private static string Sorted(string line) => line.StartsWith('{') ? Sorted(JsonNode.Parse(line))!.ToJsonString() : line;

    private static JsonNode? Sorted(JsonNode? node) =>
        node switch
        {
            JsonObject members => new JsonObject(
                members
                    .OrderBy(member => member.Key, StringComparer.Ordinal)
                    .Select(member => KeyValuePair.Create(member.Key, Sorted(member.Value)))
            ),
            JsonArray list => new JsonArray([.. list.Select(Sorted)]),
            _ => node?.DeepClone(),
        };

    private static string FindRoot([CallerFilePath] string thisFile = "")
    {
        var folder = Path.GetDirectoryName(thisFile)!;
        while (!Directory.Exists(Path.Combine(folder, "tests", "vectors")))
        {
            folder = Path.GetDirectoryName(folder)!;
        }
        return Path.Combine(folder, "tests", "vectors", "translation");
    }
}

/// <summary>Writes the events that it takes.</summary>
internal sealed class WritingSink(CanonicalStreamWriter writer) : CanonicalEvents
{
    public ArrayBufferWriter<byte> Output { get; } = new();

    public override void Take(in CanonicalEvent next) => writer.Write(next, Output);
}

/// <summary>Notes the events that it takes, one a line.</summary>
internal sealed class RecordingSink : CanonicalEvents
{
    public List<string> Events { get; } = [];

    public override void Take(in CanonicalEvent next)
    {
        var usage = next.Usage is { } used ? $" in={used.Tokens.InputTokens} out={used.Tokens.OutputTokens}" : "";
        Events.Add(
            $"{next.Kind} {next.Choice} {next.Block} {next.Part} '{Encoding.UTF8.GetString(next.Text)}' id={next.Id} name={next.Name} "
                + $"signer={next.Signer} stop={next.Stop}/{next.StopSequence}{usage} error={next.Error}"
        );
    }
}
