using System.Text;
using System.Text.Json;
using CsCheck;
using Purser.Routing.Checks;
using Xunit;

namespace Purser.Routing.Tests.Checks;

public sealed class AnswerCheckerTests
{
    private static readonly JsonElement Weather = JsonElement.Parse(
        """{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}"""
    );

    private static readonly AnswerDemand Free = new(false, null, new Dictionary<string, JsonElement?>(), false, false, false);

    private static readonly AnswerDemand Json = Free with { WantsJson = true };

    private static readonly AnswerDemand Tools = Free with
    {
        Tools = new Dictionary<string, JsonElement?> { ["weather"] = Weather, ["raw"] = null },
    };

    [Theory]
    [InlineData("""{"city":"Bern"}""", null)]
    [InlineData("  {\"city\":\"Bern\"}\n", null)]
    [InlineData("""{"town":"Bern"}""", "schema: the answer doesn't keep to the schema (required)")]
    [InlineData("Here it is: {}", "schema: the answer isn't JSON")]
    [InlineData("```json\n{\"city\":\"Bern\"}\n```", "schema: the answer isn't JSON")]
    [InlineData("""{"city":"Be""", "truncation: the answer's JSON is cut off")]
    [InlineData("""{"city":"Bern"}{}""", "schema: the answer isn't JSON")]
    [InlineData("I'm sorry, but I can't help with that.", "refusal: the answer opens with the words of a refusal")]
    [InlineData(" ", "empty: there is nothing in the answer")]
    public void JSON_that_was_asked_for_is_read(string text, string? fault) =>
        Assert.Equal(fault, FaultOf(Json with { Schema = Weather }, Said(text)));

    [Theory]
    [InlineData("{}", null)]
    [InlineData("[]", "schema: the answer is no JSON object")]
    [InlineData("12", "schema: the answer is no JSON object")]
    public void Without_a_schema_any_object_will_do(string text, string? fault) => Assert.Equal(fault, FaultOf(Json, Said(text)));

    [Theory]
    [InlineData("weather", """{"city":"Bern"}""", null)]
    [InlineData("weather", "{", "tools: the arguments of a tool aren't JSON")]
    [InlineData("weather", "[]", "tools: the arguments of a tool are no JSON object")]
    [InlineData("weather", "", "tools: the arguments of a tool don't fit its schema (required)")]
    [InlineData("raw", "", null)]
    [InlineData("raw", "not json", null)]
    [InlineData("nosuch", "{}", "tools: a tool is called that the request doesn't have")]
    public void Calls_of_tools_are_checked(string tool, string arguments, string? fault) =>
        Assert.Equal(fault, FaultOf(Tools, Said("") with { Calls = [new CheckedCall(tool, arguments, IsText: false)] }));

    [Fact]
    public void Tools_whose_names_the_request_doesnt_say_may_be_called() =>
        Assert.Null(FaultOf(Tools with { HasOpenTools = true }, Said("") with { Calls = [new CheckedCall("nosuch", "{}", false)] }));

    [Fact]
    public void Where_a_tool_must_be_called_one_is() =>
        Assert.Equal(
            "tools: no tool is called, and the request says that one must be",
            FaultOf(Tools with { MustCall = true }, Said("It's sunny."))
        );

    [Theory]
    [InlineData(false, AnswerStop.Limit, "truncation: the answer ended at a limit that the request doesn't set")]
    [InlineData(true, AnswerStop.Limit, null)]
    [InlineData(false, AnswerStop.Done, null)]
    [InlineData(false, AnswerStop.Refusal, "refusal: the model or a filter stopped the answer")]
    public void Why_it_stopped_counts(bool hasLimit, AnswerStop stop, string? fault) =>
        Assert.Equal(fault, FaultOf(Free with { HasLimit = hasLimit }, Said("Once upon a time") with { Stop = stop }));

    [Fact]
    public void At_the_clients_own_limit_nothing_is_held_against_an_answer()
    {
        var cut = Said("{\"city\":") with { Stop = AnswerStop.Limit };

        Assert.Null(FaultOf(Json with { Schema = Weather, HasLimit = true }, cut));
        Assert.Null(FaultOf(Free with { HasLimit = true }, cut with { Text = "" }));
        Assert.Null(FaultOf(Tools with { HasLimit = true }, cut with { Calls = [new CheckedCall("weather", "{\"ci", false)] }));
    }

    [Fact]
    public void Only_checks_that_are_asked_for_are_made() => Assert.Null(AnswerChecker.Fault(Json, [Said("no")], AnswerChecks.Refusal));

    [Fact]
    public void Of_several_choices_one_that_passes_is_enough()
    {
        Assert.Null(AnswerChecker.Fault(Json, [Said("no"), Said("{}")], AnswerChecks.All));
        Assert.NotNull(AnswerChecker.Fault(Json, [Said("no"), Said("none")], AnswerChecks.All));
    }

    [Fact]
    public void Any_answer_is_checked() =>
        Gen.Select(Gen.Byte.Array[0, 200].Select(Encoding.UTF8.GetString), Gen.String[0, 200], Gen.Int[0, 3], Gen.Bool)
            .Sample(
                (text, arguments, stop, json) =>
                    AnswerChecker.Fault(
                        Tools with
                        {
                            WantsJson = json,
                            Schema = Weather,
                        },
                        [Said(text) with { Stop = (AnswerStop)stop, Calls = json ? [] : [new CheckedCall("weather", arguments, false)] }],
                        AnswerChecks.All
                    ),
                iter: 5_000,
                threads: 2
            );

    private static CheckedChoice Said(string text) => new(text, [], AnswerStop.Done, HasRefusal: false, HasOther: false);

    private static string? FaultOf(AnswerDemand demand, CheckedChoice choice) =>
        AnswerChecker.Fault(demand, [choice], AnswerChecks.All) is { } fault ? $"{fault.Name}: {fault.Why}" : null;
}
