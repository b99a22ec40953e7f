using System.Text.Json;
using System.Text.Json.Nodes;
using Purser.Simulator.Skills;
using static Purser.Simulator.Tests.SimulatorUnderTest;

namespace Purser.Simulator.Tests.Skills;

/// <summary>What answers carry of whether they are good, and what can be seen of it.</summary>
public class SkilledAnswerTests
{
    private const string Json = "\"response_format\":{\"type\":\"json_object\"},";
    private const string Tool =
        "\"tool_choice\":\"required\",\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"parameters\":{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"string\"}}}}}],";

    private static readonly SkillPlan Even = SkillPlanTests.Plan(
        """{"seed":9,"sharpness":0.7,"models":{"even":{"skill":-2.9,"slips":0}}}"""
    );

    private static Task<SimulatorUnderTest> StartAsync(SkillPlan plan) =>
        SimulatorUnderTest.StartAsync(new SimulatorOptions { Skills = plan });

    private static string Ask(string text, string more = "", string model = "even") =>
        $"{{\"model\":\"{model}\",{more}\"messages\":[{{\"role\":\"user\",\"content\":{JsonSerializer.Serialize(text)}}}]}}";

    private static bool Good(RecordLine line) => line.Json.GetProperty("good").GetBoolean();

    [Theory]
    [InlineData("")]
    [InlineData(Json)]
    [InlineData(Tool)]
    [InlineData("\"stream\":true,")]
    public async Task An_answer_carries_its_truth_and_the_record_says_it(string more)
    {
        await using var simulator = await StartAsync(Even);
        var said = new List<bool>();
        for (var i = 0; i < 16; i++)
        {
            var text = await simulator.OpenAITextAsync(Ask($"Extract the name of customer {i}", more));
            var answer = more.Contains("stream", StringComparison.Ordinal)
                ? string.Concat((await EventsAsync(simulator.OpenAIAsync(Ask($"Extract the name of customer {i}", more)))).Select(Delta))
                : TextOf(JsonDocument.Parse(text).RootElement);
            said.Add(Assert.Single(AnswerMark.Read($"Question: {{\"a\": 1}}\n\nAnswer: {answer}\n", 9)));
            Assert.Empty(AnswerMark.Read(answer, 10));
            if (more is Json or Tool)
            {
                JsonDocument.Parse(answer).Dispose();
            }

            Assert.Equal(Good((await simulator.RecordsAsync("?phase=completed"))[^1]), said[^1]);
        }

        Assert.Contains(true, said);
        Assert.Contains(false, said);
    }

    [Fact]
    public async Task A_model_without_a_skill_answers_as_without_a_plan()
    {
        await using var plain = await SimulatorUnderTest.StartAsync();
        await using var skilled = await StartAsync(Even);
        var body = Ask("Extract the name", "", "gpt-4o");
        Assert.Equal(await plain.OpenAITextAsync(body), await skilled.OpenAITextAsync(body));
    }

    [Fact]
    public async Task Bad_answers_show_as_often_as_the_plan_says_and_good_ones_never()
    {
        await using var simulator = await StartAsync(Even with { Flaws = new FlawShares(0.2, 0.2, 0.5) });
        var (refused, cut, broken, looksGood) = (0, 0, 0, 0);
        for (var i = 0; i < 200; i++)
        {
            var choice = (await JsonAsync(simulator.OpenAIAsync(Ask($"Extract the name of customer {i}", Json)))).GetProperty("choices")[0];
            var text = choice.GetProperty("message").GetProperty("content").GetString()!;
            var isGood = Good((await simulator.RecordsAsync("?phase=completed"))[^1]);
            Assert.Equal([isGood], AnswerMark.Read(text, 9));
            var isRefused = text.StartsWith("I'm sorry", StringComparison.Ordinal);
            var isCut = choice.GetProperty("finish_reason").GetString() == "length";
            var isJson = IsJson(text);
            refused += isRefused ? 1 : 0;
            cut += isCut ? 1 : 0;
            broken += !isRefused && !isCut && !isJson ? 1 : 0;
            looksGood += !isGood && isJson ? 1 : 0;
            Assert.True(!isGood || isJson && !isRefused && !isCut, text);
        }

        Assert.All([refused, cut], count => Assert.InRange(count, 8, 40));
        Assert.InRange(broken, 25, 80);
        Assert.InRange(looksGood, 2, 30);
    }

    [Fact]
    public async Task A_limit_holds_for_a_refusal_too()
    {
        await using var simulator = await StartAsync(Even with { Flaws = new FlawShares(1) });
        for (var i = 0; i < 20; i++)
        {
            await simulator.OpenAITextAsync(Ask($"Extract the name of customer {i}", "\"max_tokens\":4,"));
        }

        Assert.All(await simulator.RecordsAsync("?phase=completed"), line => Assert.Equal(4, line.Billed!.Output));
    }

    // A gateway translates between formats: the prompt is the same one, and so is what a model makes of it.
    [Theory]
    [InlineData("/v1/responses", """{"model":"even","instructions":"You are Desk.","input":"Extract TEXT"}""")]
    [InlineData(
        "/v1/responses",
        """{"model":"even","instructions":"You are Desk.","input":[{"role":"user","content":[{"type":"input_text","text":"Extract TEXT"}]}]}"""
    )]
    [InlineData(
        "/v1beta/models/even:generateContent",
        """{"systemInstruction":{"parts":[{"text":"You are Desk."}]},"contents":[{"parts":[{"text":"Extract TEXT"}]}]}"""
    )]
    [InlineData(
        "/model/even/converse",
        """{"system":[{"text":"You are Desk."}],"messages":[{"role":"user","content":[{"text":"Extract TEXT"}]}]}"""
    )]
    [InlineData(
        "/v1/chat/completions",
        """{"model":"even","messages":[{"role":"developer","content":"You are Desk."},{"role":"user","content":[{"type":"text","text":"Extract"},{"type":"text","text":"TEXT"}]}]}"""
    )]
    [InlineData(
        "/v2/chat",
        """{"model":"even","messages":[{"role":"system","content":"You are Desk."},{"role":"user","content":"Extract TEXT"}]}"""
    )]
    [InlineData(
        "/api/chat",
        """{"model":"even","stream":false,"messages":[{"role":"system","content":"You are Desk."},{"role":"user","content":"Extract TEXT"}]}"""
    )]
    [InlineData("/api/generate", """{"model":"even","stream":false,"system":"You are Desk.","prompt":"Extract TEXT"}""")]
    public async Task The_same_prompt_has_the_same_truth_in_every_format(string path, string body)
    {
        await using var simulator = await StartAsync(Even);
        for (var i = 0; i < 5; i++)
        {
            using var sent = await simulator.PostAsync(path, body.Replace("TEXT", $"case {i}", StringComparison.Ordinal));
            await TextAsync(sent);
            var nature = PromptNature.Of(Even, "You are Desk.", $"Extract case {i}");
            var line = (await simulator.RecordsAsync("?phase=completed"))[^1];
            Assert.Equal("extract", line.Json.GetProperty("class").GetString());
            Assert.Equal(nature.Difficulty, line.Json.GetProperty("difficulty").GetDouble(), tolerance: 0.0001);
            Assert.Equal(Even.Outcome("even", nature, default)!.Value.IsGood, Good(line));
        }
    }

    [Fact]
    public async Task A_drop_is_told_while_it_runs()
    {
        await using var simulator = await StartAsync(
            Even with
            {
                Models = new Dictionary<string, ModelSkill>
                {
                    ["even"] = new() { Skill = 50, Slips = 0 },
                },
            }
        );
        await simulator.OpenAITextAsync(Ask("Extract it"));
        var told = await simulator.SendAsync("/simulator/drops", """[{"model":"even","by":100,"class":"extract"}]""", []);
        Assert.Equal("{\"drops\":1}\n", await TextAsync(told));
        await simulator.OpenAITextAsync(Ask("Extract it"));
        await simulator.OpenAITextAsync(Ask("Translate it"));
        Assert.Equal([true, false, true], (await simulator.RecordsAsync("?phase=completed")).Select(Good));

        var wrong = await simulator.SendAsync("/simulator/drops", """[{"model":"even","by":1,"class":"poems"}]""", []);
        Assert.Equal(400, (int)wrong.StatusCode);
        Assert.Contains("poems", await TextAsync(wrong), StringComparison.Ordinal);
        var empty = await simulator.SendAsync("/simulator/drops", "[null]", []);
        Assert.Equal(400, (int)empty.StatusCode);
        Assert.Contains("drops has null in it: leave it out", await TextAsync(empty), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "Say A, B or tie.", "A", "B")]
    [InlineData("", "Say [[A]], [[B]] or [[C]].", "[[A]]", "[[B]]")]
    [InlineData(Json, "Say A or B.", "{\"winner\":\"A\"}", "{\"winner\":\"B\"}")]
    [InlineData(
        "\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"v\",\"schema\":{\"type\":\"object\",\"properties\":{\"why\":{\"type\":\"string\"},\"better\":{\"type\":\"string\",\"enum\":[\"answer_a\",\"answer_b\",\"tie\"]}}}}},",
        "Say which.",
        "{\"why\":\"as the one is better\",\"better\":\"answer_a\"}",
        "{\"why\":\"as the one is better\",\"better\":\"answer_b\"}"
    )]
    public async Task A_judge_is_as_right_as_the_plan_says(string more, string way, string first, string second)
    {
        await using var simulator = await StartAsync(Even with { Judge = new JudgeSkill(0.8, 0.2) });
        var (good, bad) = (await AnswerAsync(simulator, true), await AnswerAsync(simulator, false));
        var (right, firsts) = (0, 0);
        for (var i = 0; i < 200; i++)
        {
            var (a, b) = i % 2 == 0 ? (good, bad) : (bad, good);
            var prompt = $"Case {i}. {way}\nAnswer A:\n{a}\n\nAnswer B:\n{b}\n";
            var verdict = TextOf(await JsonAsync(simulator.OpenAIAsync(Ask(prompt, more, "gpt-4o"))));
            Assert.True(verdict == first || verdict == second, verdict);
            firsts += verdict == first ? 1 : 0;
            right += verdict == first == (i % 2 == 0) ? 1 : 0;
        }

        // 0.2 of them say A unread: half of those are right. Of the rest 0.8 are.
        Assert.InRange(right, 200 * 0.64, 200 * 0.84);
        Assert.InRange(firsts, 200 * 0.49, 200 * 0.71);
    }

    // A judge may be given the answers inside of JSON, where a line feed of theirs is an escape, and may say that they are equal.
    [Theory]
    [InlineData(true, "a")]
    [InlineData(false, "equal")]
    public async Task A_judge_reads_answers_within_json(bool first, string expected)
    {
        await using var simulator = await StartAsync(Even with { Judge = new JudgeSkill(1) });
        var answers = new Dictionary<bool, string>();
        for (var i = 0; answers.Count < 2; i++)
        {
            var text = TextOf(await JsonAsync(simulator.OpenAIAsync(Ask($"Extract name {i}", Json))));
            answers[AnswerMark.Read(text, 9)[0]] = text;
        }

        const string Schema =
            "\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"v\",\"schema\":{\"type\":\"object\",\"properties\":{\"better\":{\"type\":\"string\",\"enum\":[\"a\",\"b\",\"equal\"]}}}}},";
        var material = JsonSerializer.Serialize(new { answer_a = answers[first], answer_b = answers[false] });
        var verdict = TextOf(await JsonAsync(simulator.OpenAIAsync(Ask(material, Schema, "gpt-4o"))));
        Assert.Equal($"{{\"better\":\"{expected}\"}}", verdict);
    }

    private static async Task<string> AnswerAsync(SimulatorUnderTest simulator, bool wanted)
    {
        for (var i = 0; ; i++)
        {
            var text = TextOf(await JsonAsync(simulator.OpenAIAsync(Ask($"Extract name {i}"))));
            if (AnswerMark.Read(text, 9)[0] == wanted)
            {
                return text;
            }
        }
    }

    private static string TextOf(JsonElement answer)
    {
        var message = answer.GetProperty("choices")[0].GetProperty("message");
        return message.TryGetProperty("tool_calls", out var calls)
            ? calls[0].GetProperty("function").GetProperty("arguments").GetString()!
            : message.GetProperty("content").GetString()!;
    }

    private static string Delta(JsonElement line) =>
        line.GetProperty("choices") is { } choices
        && choices.GetArrayLength() > 0
        && choices[0].GetProperty("delta").TryGetProperty("content", out var text)
            ? text.GetString() ?? ""
            : "";

    private static bool IsJson(string text)
    {
        try
        {
            return JsonNode.Parse(text) is not null;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
