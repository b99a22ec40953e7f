using System.Buffers;
using System.Text;
using System.Text.Json.Nodes;
using Purser.Providers.Bedrock;
using Purser.Providers.Streams;
using Purser.Providers.Translation;
using Purser.Providers.Translation.Converse;

namespace Purser.Providers.Tests.Translation;

/// <summary>
/// The cells of <c>tests/vectors/translation/shared</c>: one conversation a case, written in every format from its vendor's documents. What is read
/// from one must be written as the other.
/// </summary>
internal static class SharedCells
{
    public static readonly string[] Cases =
    [
        "plain",
        "stream",
        "tools",
        "parallel-tools",
        "image",
        "json-schema",
        "thinking",
        "long-history",
    ];

    private static readonly Dictionary<string, string> Models = new()
    {
        ["chat"] = "gpt-4.1",
        ["responses"] = "gpt-4.1",
        ["messages"] = "claude-sonnet-4-5",
        ["gemini"] = "gemini-2.5-pro",
        ["ollama"] = "llama3.2",
        ["converse"] = "anthropic.claude-sonnet-4-5-20250929-v1:0",
    };

    private static readonly Dictionary<string, string> ThinkingModels = new()
    {
        ["chat"] = "gpt-5",
        ["responses"] = "gpt-5",
        ["messages"] = "claude-opus-4-6",
        ["gemini"] = "gemini-3-pro",
        ["ollama"] = "gpt-oss",
        ["converse"] = "anthropic.claude-opus-4-6-v1",
    };

    public static string Root { get; } = Path.Combine(TranslationVectors.Root, "shared");

    /// <summary>Every cell, as <c>client-provider/case</c>.</summary>
    public static IEnumerable<string> All =>
        from client in FormatTranslators.All
        from provider in FormatTranslators.All
        where client != provider
        from name in Cases
        select $"{client.Name}-{provider.Name}/{name}";

    /// <summary>The rules of each cell's request.</summary>
    public static IReadOnlyDictionary<string, string> Rules { get; } =
        File.ReadAllLines(Path.Combine(Root, "rules.txt"))
            .Where(line => line.Length > 0)
            .ToDictionary(
                line => line[..line.IndexOf(':', StringComparison.Ordinal)],
                line => line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim()
            );

    public static string CaseOf(string cell) => cell.Split('/')[1];

    public static TranslationTarget Target(string cell) =>
        new((CaseOf(cell) == "thinking" ? ThinkingModels : Models)[TranslationVectors.Formats(cell).Provider.Name]);

    /// <summary>What a client of a format asks; both streamed and not where the path says it.</summary>
    public static RequestRead Read(FormatTranslator format, string name)
    {
        var inPath = format.Name is "gemini" or "converse";
        return format.ReadRequest(Bytes(name, $"{format.Name}.request.json"), inPath ? new PathFacts("m", name == "stream") : default);
    }

    public static AnswerContext Context(FormatTranslator client, string name) =>
        new(
            Read(client, name).Request! with
            {
                Stream = true,
                WantsStreamUsage = true,
            },
            TranslationVectors.AnswerId,
            TranslationVectors.Created
        );

    public static byte[] Bytes(string name, string file) => File.ReadAllBytes(Path.Combine(Root, name, file));

    /// <summary>The first of some files that is there.</summary>
    public static byte[] First(string name, params ReadOnlySpan<string> files)
    {
        foreach (var file in files)
        {
            if (File.Exists(Path.Combine(Root, name, file)))
            {
                return Bytes(name, file);
            }
        }
        return [];
    }

    /// <summary>A provider's stream; Bedrock's frames are lines in the file.</summary>
    public static byte[] Stream(FormatTranslator format, string name)
    {
        var text = Bytes(name, $"{format.Name}.stream.txt");
        if (format.Name != "converse")
        {
            return text;
        }
        var frames = new ArrayBufferWriter<byte>();
        foreach (var line in Encoding.UTF8.GetString(text).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var end = line.IndexOf(' ', StringComparison.Ordinal);
            FrameWriter.WriteEvent(Encoding.UTF8.GetBytes(line[..end]), Encoding.UTF8.GetBytes(line[(end + 1)..]), frames);
        }
        return frames.WrittenSpan.ToArray();
    }

    /// <summary>The lines of a stream, in one form.</summary>
    public static string[] Lines(byte[] stream, bool isFrames) =>
        [
            .. (
                isFrames
                    ? Frames(stream)
                    : Encoding.UTF8.GetString(stream).ReplaceLineEndings("\n").Split('\n', StringSplitOptions.RemoveEmptyEntries)
            ).Select(line =>
            {
                var at = line.IndexOf('{', StringComparison.Ordinal);
                return at < 0 ? line : line[..at] + Normal(JsonNode.Parse(line[at..]))!.ToJsonString();
            }),
        ];

    /// <summary>JSON without what differs between answers by their nature: ids, instants, and the model's name.</summary>
    public static JsonNode? Normal(JsonNode? node) =>
        node switch
        {
            JsonObject members => new JsonObject(
                members
                    .Where(member => !IsOwn(member.Key, member.Value))
                    .OrderBy(member => member.Key, StringComparer.Ordinal)
                    .Select(member => KeyValuePair.Create(member.Key, Normal(member.Value)))
            ),
            JsonArray list => new JsonArray([.. list.Select(Normal)]),
            _ => node?.DeepClone(),
        };

    private static bool IsOwn(string name, JsonNode? value) =>
        name is "model" or "modelVersion" or "responseId" or "created" or "created_at" or "item_id"
        || (name == "id" && value is JsonValue text && !text.ToString().StartsWith("call_", StringComparison.Ordinal));

    /// <summary>The frames of an event stream, as lines.</summary>
    public static string[] Frames(byte[] stream)
    {
        using var events = new FrameLines();
        using var framing = new FrameFraming();
        framing.Feed(stream, events);
        framing.End(events);
        Assert.Null(events.Reading.Violation);
        return [.. events.Lines];
    }

    private sealed class FrameLines : StreamEvents
    {
        public List<string> Lines { get; } = [];

        public override bool IsFinal => true;

        protected override bool Read(ReadOnlySpan<byte> name, ReadOnlySpan<byte> data)
        {
            Lines.Add(Encoding.UTF8.GetString(name) + " " + Encoding.UTF8.GetString(data));
            return true;
        }

        public override void TakeError(ReadOnlySpan<byte> name, ReadOnlySpan<byte> data) =>
            Lines.Add("exception " + Encoding.UTF8.GetString(name) + " " + Encoding.UTF8.GetString(data));
    }
}
