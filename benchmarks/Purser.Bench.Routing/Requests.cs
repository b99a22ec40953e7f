using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Purser.Bench.Routing;

/// <summary>Requests of two sizes: prose, code with its escapes, a script without spaces, and an agent's session with its tools.</summary>
internal static class Requests
{
    private const int Small = 4_000;
    private const int Large = 200_000;

    private const string Prose =
        "The city council voted on Tuesday to extend the tram line to the harbour, which must be finished by 2031 at a cost of at most 240 million. ";
    private const string Code =
        "    if (order.Total > limit)\n    {\n        throw new InvalidOperationException($\"{order.Id}: \\\"too much\\\"\");\n    }\n";
    private const string Han = "市议会星期二投票决定将电车线路延长到港口，工程将于明年春天开始。";

    private static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>What the requests' texts are made of.</summary>
    public static IReadOnlyList<string> Sentences { get; } = [Prose, Code, Han];

    public static IEnumerable<(string Name, byte[] Body)> All =>
        [
            ("4 KB of prose", Chat("Summarize this in two sentences.\n\n" + Repeat(Prose, Small))),
            ("4 KB of code", Chat("Refactor this code.\n\n```csharp\n" + Repeat(Code, Small) + "```")),
            ("4 KB of Chinese", Chat("请总结下面的文字。\n\n" + Repeat(Han, Small))),
            ("200 KB of prose", Chat("Summarize this in two sentences.\n\n" + Repeat(Prose, Large))),
            ("200 KB of code", Chat("Refactor this code.\n\n```csharp\n" + Repeat(Code, Large) + "```")),
            ("200 KB of Chinese, escaped", Escaped("请总结下面的文字。\n\n" + Repeat(Han, Large / 2))),
            ("200 KB of an agent's session", Agent()),
        ];

    private static string Repeat(string text, int bytes) =>
        string.Concat(Enumerable.Repeat(text, bytes / Encoding.UTF8.GetByteCount(text)));

    private static byte[] Chat(string text) =>
        JsonSerializer.SerializeToUtf8Bytes(new { model = "m", messages = new[] { new { role = "user", content = text } } }, Plain);

    private static byte[] Escaped(string text) => JsonSerializer.SerializeToUtf8Bytes(new { model = "m", input = text });

    // A third of it tools, the rest calls and what they gave back, as Claude Code sends it.
    private static byte[] Agent()
    {
        var tools = AgentTools();
        var messages = new List<object> { new { role = "user", content = new[] { new { type = "text", text = "fix the failing test" } } } };
        for (var turn = 0; turn < 60; turn++)
        {
            messages.Add(
                new
                {
                    role = "assistant",
                    content = new[]
                    {
                        new
                        {
                            type = "tool_use",
                            id = $"t{turn}",
                            name = "Bash",
                            input = new { command = "cat a.cs" },
                        },
                    },
                }
            );
            messages.Add(
                new
                {
                    role = "user",
                    content = new[]
                    {
                        new
                        {
                            type = "tool_result",
                            tool_use_id = $"t{turn}",
                            content = Repeat(Code, 2_000),
                        },
                    },
                }
            );
        }
        return JsonSerializer.SerializeToUtf8Bytes(
            new
            {
                model = "m",
                max_tokens = 32000,
                system = Repeat(Prose, 10_000),
                tools,
                messages,
            },
            Plain
        );
    }

    private static object[] AgentTools() =>
        [
            .. Enumerable
                .Range(0, 20)
                .Select(number => new
                {
                    name = number == 0 ? "Bash" : $"Tool{number}",
                    description = Repeat(Prose, 2_000),
                    input_schema = new
                    {
                        type = "object",
                        properties = Enumerable.Range(0, 8).ToDictionary(n => $"p{n}", n => new { type = "string", description = Prose }),
                    },
                }),
        ];
}
