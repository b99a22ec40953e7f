using System.Diagnostics;
using System.Text;
using CsCheck;
using Purser.Routing.Understanding;
using Xunit;

namespace Purser.Routing.Tests.Understanding;

/// <summary>Nothing that is sent makes the reader throw, keep anything of the request before, or take more than linear time.</summary>
public sealed class AnyBodyTests
{
    private const string Seed = "0N0XIzNsQ0O2";

    private static readonly string[] Names =
    [
        "messages",
        "contents",
        "input",
        "content",
        "parts",
        "text",
        "role",
        "type",
        "tools",
        "function",
        "name",
        "system",
        "output",
        "functionResponse",
        "toolResult",
        "tool_calls",
        "images",
        "image",
        "response_format",
        "format",
        "generationConfig",
        "thinking",
        "max_tokens",
        "tool_choice",
        "x",
    ];

    private static readonly string[] Texts =
    [
        "user",
        "assistant",
        "tool",
        "system",
        "tool_result",
        "tool_use",
        "text",
        "function_call_output",
        "image_url",
        "Translate this: \\\"a\\\\b\\\"",
        "\\ud83d",
        "\\udc00\\ud83d",
        "\\u00",
        "\\q",
        "<system-reminder>",
        "```\\ncode();\\n```",
        "1.5e300",
        "漢字かなカナ",
        "Zażółć",
        "\u0000",
        "\u001b",
    ];

    private static readonly Gen<string> Json = Gen.Recursive<string>(
        (depth, self) =>
        {
            var text = Gen.OneOf(Texts).Select(value => $"\"{value}\"");
            var other = Gen.OneOf("1", "-1", "1e99", "99999999999999999999", "true", "null", "\"\"", "{}", "[]", "{", "]", ",", "\"");
            if (depth > 5)
            {
                return Gen.OneOf(text, other);
            }
            var array = self.Array[0, 4].Select(items => $"[{string.Join(',', items)}]");
            var body = Gen.Select(Gen.OneOf(Names), self)
                .Array[0, 5]
                .Select(members => $"{{{string.Join(',', members.Select(member => $"\"{member.Item1}\":{member.Item2}"))}}}");
            return Gen.Frequency((2, text), (1, other), (2, array), (5, body));
        }
    );

    [Fact]
    public void Any_json_is_read() => Json.Sample(json => AssertSane(Encoding.UTF8.GetBytes(json)), iter: 20_000, seed: Seed, threads: 2);

    [Fact]
    public void Any_bytes_are_read() => Gen.Byte.Array[0, 400].Sample(bytes => AssertSane(bytes), iter: 20_000, seed: Seed, threads: 2);

    [Fact]
    public void Any_text_is_read() =>
        Gen
            .Byte.Array[0, 300]
            .Where(bytes => !bytes.AsSpan().ContainsAny((byte)'"', (byte)'\\'))
            .Sample(
                bytes => AssertSane([.. """{"messages":[{"role":"user","content":" """u8, .. bytes, .. "\"}]}"u8]),
                iter: 20_000,
                seed: Seed,
                threads: 2
            );

    [Fact]
    public void A_cut_or_damaged_body_is_read() =>
        Gen.Select(Gen.Int[0, LabelledRequest.All.Count - 1], Gen.Int[0, 1 << 20], Gen.Byte)
            .Sample(
                (index, at, damage) =>
                {
                    var body = LabelledRequest.All[index].Body;
                    AssertSane(body[..(at % body.Length)]);
                    body[at % body.Length] = damage;
                    AssertSane(body);
                },
                iter: 20_000,
                seed: Seed,
                threads: 2
            );

    [Fact]
    public void The_same_bytes_give_the_same_features_whatever_came_before()
    {
        var first = LabelledRequest.All.Select(request => RequestReader.Read(request.Body)).ToArray();
        foreach (var index in Enumerable.Range(0, first.Length).Reverse())
        {
            var again = RequestReader.Read(LabelledRequest.All[index].Body);
            Assert.Equal(first[index].Dense, again.Dense);
            Assert.Equal(first[index].Grams, again.Grams);
            Assert.Equal(first[index].Weights, again.Weights);
            Assert.Equal(first[index].Difficulty, again.Difficulty);
        }
    }

    public static TheoryData<string, string, string> Shapes =>
        new()
        {
            { "{\"messages\":[", "\"\",", "\"\"]}" },
            { "{\"messages\":[", "{\"role\":\"user\",\"content\":\"why?\"},", "{}]}" },
            { "{\"messages\":[{\"content\":[", "{\"type\":\"tool_result\",\"content\":[\"a\",\"b\"]},", "\"\"]}]}" },
            { "{\"prompt\":\"", "\\n", "\"}" },
            { "{\"prompt\":\"", "\\\\", "\"}" },
            { "{\"prompt\":\"", "\\ud83d", "\"}" },
            { "{\"prompt\":\"", "translate ", "\"}" },
            { "{\"prompt\":\"", "漢", "\"}" },
            { "{\"prompt\":\"", "`", "\"}" },
            { "{\"tools\":[", "{\"name\":\"f\",\"function\":{\"name\":\"g\"}},", "{}]}" },
            { "", "[", "" },
            { "", "{\"content\":", "" },
            { "{\"messages\":", "[{\"content\":", "" },
        };

    // Ten small bodies and one that is ten times as large have as many bytes, and take as long: what is quadratic takes ten times as long. They are
    // measured in turn, and the best of some rounds counts, since others use the machine too.
    [Theory]
    [MemberData(nameof(Shapes))]
    public void Time_is_linear_in_the_bytes(string begin, string middle, string end)
    {
        const int times = 10;
        var small = Body(100_000);
        var large = Body(times * 100_000);
        Time(small, times);
        Time(large, 1);

        var ratios = Enumerable.Range(0, 9).Select(_ => Time(large, 1) / Time(small, times)).ToArray();

        Assert.True(ratios.Min() < 4, $"ten times as much takes {ratios.Min() * times:0} times as long");

        byte[] Body(int bytes) =>
            Encoding.UTF8.GetBytes(begin + string.Concat(Enumerable.Repeat(middle, bytes / Encoding.UTF8.GetByteCount(middle))) + end);
    }

    private static double Time(byte[] body, int times)
    {
        var begin = Stopwatch.GetTimestamp();
        for (var time = 0; time < times; time++)
        {
            RequestReader.Read(body);
        }
        return Stopwatch.GetElapsedTime(begin).TotalMilliseconds;
    }

    private static void AssertSane(byte[] body)
    {
        var features = RequestReader.Read(body);
        Assert.All(features.Dense, value => Assert.True(float.IsFinite(value)));
        Assert.InRange(features.Difficulty, 0, 1);
        Assert.Equal(features.Grams.Length, features.Weights.Length);
    }
}
