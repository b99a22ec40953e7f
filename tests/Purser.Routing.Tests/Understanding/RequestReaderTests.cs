using System.Text;
using System.Text.Json;
using Purser.Routing.Understanding;
using Xunit;

namespace Purser.Routing.Tests.Understanding;

/// <summary>What is seen in bodies of each client's format.</summary>
public sealed class RequestReaderTests
{
    public static TheoryData<string> Forms => ["chat", "messages", "responses", "gemini", "converse", "ollama", "cohere"];

    private static readonly string[] OfFormats =
    [
        "body_bytes",
        "schema_bytes",
        "tool_definition_bytes",
        "tool_call_bytes",
        "tool_result_bytes",
        "system_bytes",
        "user_bytes",
        "last_user_bytes",
        "estimated_tokens",
        "output_limit",
    ];

    [Theory]
    [MemberData(nameof(Forms))]
    public void Each_format_gives_the_same_features(string form)
    {
        var request = JsonSerializer.SerializeToElement(
            new
            {
                user = "Quelle est la météo à Genève ? \"Répondez\" en un mot.\n\n\tMerci 🙂",
                system = "You are a weather bot.",
                tools = new[] { "get_weather", "Bash" },
                result = "sunny",
                max = 50,
                schema = true,
            }
        );
        var chat = RequestReader.Read(Bodies.Of("chat", request));
        var other = RequestReader.Read(Bodies.Of(form, request));

        // Sizes are those of the escaped text and of each format's own definitions.
        foreach (var (name, index) in FeatureNames.All.Select((name, index) => (name, index)).Where(pair => !OfFormats.Contains(pair.name)))
        {
            Assert.True(
                chat.Dense[index] == other.Dense[index],
                $"{name} is {other.Dense[index]}, and {chat.Dense[index]} in a chat completion"
            );
        }
        Assert.Equal(chat.Class, other.Class);
        Assert.Equal(chat.Grams, other.Grams);
        Assert.Equal(chat.Weights, other.Weights);
        Assert.Equal(Log(2), Of(other, "tools"));
        Assert.Equal(1, Of(other, "has_agent_tools"));
        Assert.Equal(Log(1), Of(other, "tool_calls"));
        Assert.Equal(Log(1), Of(other, "tool_results"));
        Assert.Equal(Log(50), Of(other, "output_limit"));
        Assert.Equal(1, Of(other, "asks_schema"));
        Assert.Equal(1, Of(other, "ends_on_tool_result"));
        Assert.Equal(1, Of(other, "is_french"));
        Assert.Equal(Log(5), Of(other, "tool_result_bytes"));
        Assert.Equal(Log(22), Of(other, "system_bytes"));
    }

    [Theory]
    [InlineData("""{"input":["first text","second text"]}""", "user_turns", 2)]
    [InlineData("""{"prompt":"Once upon a time"}""", "words", 4)]
    [InlineData(
        """{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"},{"role":"user","content":"c"}]}""",
        "user_turns",
        2
    )]
    [InlineData("""{"messages":[{"content":"roles may come last","role":"assistant"}]}""", "assistant_turns", 1)]
    [InlineData(
        """{"messages":[{"role":"user","content":[{"type":"text","text":"what?"},{"type":"image_url","image_url":{"url":"data:x"}}]}]}""",
        "images",
        1
    )]
    [InlineData("""{"messages":[{"role":"user","content":[{"type":"image","source":{"type":"base64","data":"AA=="}}]}]}""", "images", 1)]
    [InlineData("""{"contents":[{"parts":[{"inlineData":{"mimeType":"image/png","data":"AA=="}}]}]}""", "images", 1)]
    [InlineData("""{"messages":[{"role":"user","content":"what?","images":["AA==","AA=="]}]}""", "images", 2)]
    [InlineData("""{"messages":[{"role":"user","content":[{"image":{"format":"png","source":{"bytes":"AA=="}}}]}]}""", "images", 1)]
    [InlineData("""{"input":[{"role":"user","content":[{"type":"input_file","file_id":"f"}]}]}""", "files", 1)]
    [InlineData(
        """{"tools":[{"functionDeclarations":[{"name":"a","parameters":{"name":"x"}},{"name":"b"}]},{"googleSearch":{}}]}""",
        "tools",
        3
    )]
    [InlineData("""{"tools":[{"type":"web_search"},{"type":"function","name":"f"}]}""", "tools", 2)]
    [InlineData("""{"options":{"num_predict":-1}}""", "output_limit", 0)]
    [InlineData("""{"chat_history":[{"role":"USER","message":"a"},{"role":"CHATBOT","message":"b"}],"message":"c"}""", "user_turns", 2)]
    public void Counts_are_of_what_is_there(string body, string feature, int count) =>
        Assert.Equal(Log(count), Of(RequestReader.Read(Encoding.UTF8.GetBytes(body)), feature));

    [Theory]
    [InlineData("""{"thinking":{"type":"enabled","budget_tokens":9000}}""", "asks_thinking", 1)]
    [InlineData("""{"thinking":{"type":"adaptive"}}""", "asks_thinking", 1)]
    [InlineData("""{"thinking":{"type":"disabled"}}""", "asks_thinking", 0)]
    [InlineData("""{"reasoning":{"effort":"none"}}""", "asks_thinking", 0)]
    [InlineData("""{"think":false}""", "asks_thinking", 0)]
    [InlineData("""{"think":true}""", "asks_thinking", 1)]
    [InlineData("""{"response_format":{"type":"json_object"}}""", "asks_json", 1)]
    [InlineData("""{"response_format":{"type":"text"}}""", "asks_json", 0)]
    [InlineData("""{"format":"json"}""", "asks_json", 1)]
    [InlineData("""{"generationConfig":{"responseMimeType":"application/json"}}""", "asks_json", 1)]
    [InlineData("""{"text":{"format":{"type":"json_schema","schema":{}}}}""", "asks_schema", 1)]
    [InlineData("""{"tools":[{"name":"f"}],"tool_choice":{"type":"tool","name":"f"}}""", "forces_tool", 1)]
    [InlineData("""{"tools":[{"name":"f"}],"tool_choice":"auto"}""", "forces_tool", 0)]
    [InlineData("""{"messages":[{"role":"user","content":"x"}""", "is_cut", 1)]
    [InlineData("""["an array"]""", "is_cut", 1)]
    [InlineData("""{"prompt":"Привет, как дела?"}""", "is_cyrillic", 1)]
    [InlineData("""{"prompt":"\u4f60\u597d\uff0c\u4e16\u754c"}""", "is_east_asian", 1)]
    [InlineData("""{"prompt":"Bitte schreib mir einen Brief an die Bank"}""", "is_german", 1)]
    [InlineData("""{"prompt":"¿Cómo está el tiempo en la ciudad?"}""", "is_spanish", 1)]
    [InlineData("""{"prompt":"Which of the following is it?\nA) one\nB) two\nC) three"}""", "has_options", 1)]
    public void Flags_are_set(string body, string feature, int flag) =>
        Assert.Equal(flag, Of(RequestReader.Read(Encoding.UTF8.GetBytes(body)), feature));

    [Fact]
    public void An_agents_reminders_are_not_what_the_user_said()
    {
        var body =
            """
            {"messages":[{"role":"user","content":[{"type":"text","text":"<system-reminder>\nTranslate all to French.\n</system-reminder>"},{"type":"text","text":"hello there"}]},
            {"role":"user","content":[{"type":"text","text":"<system-reminder>again</system-reminder>"}]}]}
            """u8;

        var features = RequestReader.Read(body);

        Assert.Equal(Log(2), Of(features, "words"));
        Assert.Equal(Log(1), Of(features, "user_turns"));
        Assert.Equal(0, Of(features, "says_translate"));
    }

    public static TheoryData<string> Prompts =>
        [
            "Übersetze \"good\nmorning\" – bitte ins Deutsche.",
            "Which of these is 3.5 < x\\2?\nA) it's one\nB) 1,024\nC) none",
            "<system-reminder>\nBe brief.",
            "\n\n<system-reminder> & what now?",
            "",
            "你好🙂" + string.Concat(Enumerable.Repeat("电车线路🚋延长到港口，", 900)) + "请总结。",
            string.Concat(Enumerable.Repeat("a \"quoted\"\tword\\ and é\n", 2000)) + "Summarize this.",
            string.Concat(Enumerable.Repeat("\\\"", 20_000)),
            string.Concat(Enumerable.Repeat("ab", 8192)),
            string.Concat(Enumerable.Repeat("ab", 8192)) + "c",
            new string('é', 8192),
            "c" + new string('é', 8192),
            string.Concat(Enumerable.Range(0, 12).Select(n => $"Which is a metal, case {n}?\nA) iron\nB) salt\nAnswer:\nA\n\n"))
                + "Which planet is the largest of those?\nA) Mars\nB) Jupiter\nAnswer:",
        ];

    [Theory]
    [MemberData(nameof(Prompts))]
    public void What_is_learned_from_a_prompt_is_what_a_body_of_any_format_gives(string prompt)
    {
        var learned = RequestReader.ReadPrompt(prompt);
        foreach (var form in (string[])["chat", "responses", "messages", "gemini", "ollama", "converse", "cohere"])
        {
            var alone = RequestReader.Read(Bodies.Of(form, JsonSerializer.SerializeToElement(new { user = prompt })));
            var among = JsonSerializer.SerializeToElement(
                new
                {
                    user = prompt,
                    system = "You edit code.",
                    tools = new[] { "Bash" },
                }
            );
            var inSession = RequestReader.Read(Bodies.Of(form, among));

            Assert.Equal(learned.Class, alone.Class);
            foreach (var features in (RequestFeatures[])[alone, inSession])
            {
                Assert.Equal(learned.Grams, features.Grams);
                Assert.Equal(learned.Weights, features.Weights);
                Assert.Equal(learned.Dense[FeatureNames.Item..], features.Dense[FeatureNames.Item..]);
            }
        }
    }

    [Fact]
    public void Examples_before_the_question_count_little()
    {
        var examples = string.Concat(Enumerable.Range(0, 12).Select(n => $"Which is a metal, case {n}?\nA) iron\nB) salt\nAnswer:\nA\n\n"));
        const string question = "Which planet is the largest of those?\nA) Mars\nB) Jupiter\nAnswer:";
        Assert.Equal(examples.Length, FinalItem.Start(Encoding.UTF8.GetBytes(examples + question)));
        Assert.Equal(0, FinalItem.Start(Encoding.UTF8.GetBytes(question)));

        // The form is the question's but for the whole text's size; a word of one example counts a part of one.
        var (shown, bare) = (RequestReader.ReadPrompt(examples + question), RequestReader.ReadPrompt(question));
        Assert.Equal(bare.Dense[(FeatureNames.Item + 1)..], shown.Dense[(FeatureNames.Item + 1)..]);
        Assert.Contains(0.15f, shown.Weights);
        Assert.DoesNotContain(0.15f, bare.Weights);
    }

    [Fact]
    public void Of_a_long_turn_both_ends_are_seen()
    {
        var filler = string.Concat(Enumerable.Repeat("lorem \\\"ipsum\\\" \\u00e9t\\u00e9\\n", 9000));
        var atEnd = Encoding.UTF8.GetBytes($$"""{"messages":[{"role":"user","content":"{{filler}} Summarize the text above."}]}""");
        var atBegin = Encoding.UTF8.GetBytes($$"""{"messages":[{"role":"user","content":"Summarize the text below. {{filler}}"}]}""");

        Assert.Equal(TaskClass.Summarize, RequestReader.Read(atEnd).Class);
        Assert.Equal(TaskClass.Summarize, RequestReader.Read(atBegin).Class);
    }

    [Fact]
    public void A_turn_of_many_parts_is_seen_at_both_ends()
    {
        var parts = string.Join(',', Enumerable.Repeat("""{"type":"text","text":"lorem ipsum dolor"}""", 5000));
        var body = Encoding.UTF8.GetBytes(
            $$"""{"messages":[{"role":"user","content":[{{parts}},{"type":"text","text":"Translate this into German."}]}]}"""
        );

        var features = RequestReader.Read(body);

        Assert.Equal(TaskClass.Translate, features.Class);
        Assert.Equal(Log(5000 * 17 + 27), Of(features, "last_user_bytes"));
    }

    [Fact]
    public void Grams_are_ascending_words_stems_signs_and_pairs_with_their_counts()
    {
        var features = RequestReader.ReadPrompt("one two one two one");

        // one, two, "one two", "two one", the first with nothing before it, and which ones came first.
        Assert.Equal(8, features.Grams.Length);
        Assert.Equal(features.Grams.Order().Distinct(), features.Grams);
        Assert.Equal([1, 1, 1, 1, 1 + MathF.Log(2), 1 + MathF.Log(2), 1 + MathF.Log(2), 1 + MathF.Log(3)], features.Weights.Order());
        Assert.Equal(features.Grams, RequestReader.ReadPrompt("One TWO one\ntwo one").Grams);
        Assert.NotEqual(features.Grams, RequestReader.ReadPrompt("one two one two one?").Grams);
        Assert.Single(RequestReader.ReadPrompt("walking").Grams.Intersect(RequestReader.ReadPrompt("walkin").Grams));
        Assert.All(features.Grams, place => Assert.InRange(place, 0, FeatureNames.GramPlaces - 1));
    }

    [Fact]
    public void Names_are_unique_and_as_many_as_features()
    {
        Assert.Equal(FeatureNames.All.Count, FeatureNames.All.Distinct().Count());
        Assert.Equal(FeatureNames.All.Count, RequestReader.ReadPrompt("x").Dense.Length);
    }

    [Fact]
    public void An_explanation_names_its_reasons()
    {
        var told = RequestReader.Explain("""{"messages":[{"role":"user","content":"Translate to French: good morning"}]}"""u8);

        Assert.Equal(TaskClass.Translate, told.Features.Class);
        Assert.Equal("leads_translate", told.Reasons[0].Feature);
        // As docs/router.md has it.
        Assert.Equal(
            "Translate (4.7) because of leads_translate +2.4, says_translate +1.3, says_language_name +1.0; next Other (1.0); difficulty 0.10 by its form",
            told.ToString()
        );
        Assert.True(told.Score > told.SecondScore);
    }

    private static float Of(RequestFeatures features, string name) => features.Dense[FeatureNames.All.ToList().IndexOf(name)];

    private static float Log(int count) => MathF.Log2(1 + count);
}
