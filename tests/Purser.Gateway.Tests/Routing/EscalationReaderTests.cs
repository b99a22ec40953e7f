using Purser.Gateway.Configuration;
using Purser.Routing.Checks;
using Xunit;

namespace Purser.Gateway.Tests.Routing;

public sealed class EscalationReaderTests
{
    [Fact]
    public void A_policy_has_what_it_says_and_else_what_the_block_says()
    {
        var file = ConfigurationFile.Parse(
            "purser.yml",
            """
            routing:
              reference: strong
              escalate: true
              policies:
                - { name: held, escalate: { hold_stream: true } }
                - { name: few, escalate: { checks: [schema, retry] } }
                - { name: never, escalate: false }
            """,
            _ => null
        );

        Assert.Empty(file.Errors);
        var policies = file.Routing!.Policies;
        Assert.Equal((AnswerChecks.All, false), Said("auto"));
        Assert.Equal((AnswerChecks.All, false), Said("fast"));
        Assert.Equal((AnswerChecks.All, true), Said("held"));
        Assert.Equal((AnswerChecks.Schema | AnswerChecks.Retry, false), Said("few"));
        Assert.Null(policies["never"].Escalation);

        (AnswerChecks, bool) Said(string policy) => (policies[policy].Escalation!.Checks, policies[policy].Escalation!.HoldStream);
    }

    [Fact]
    public void Without_it_nothing_is_checked() =>
        Assert.Null(ConfigurationFile.Parse("purser.yml", "routing: { reference: a }", _ => null).Routing!.Policies["auto"].Escalation);

    [Theory]
    [InlineData("often", "'escalate' can't be 'often'")]
    [InlineData("{ checks: [spelling] }", "'spelling' is no check")]
    [InlineData("{ checks: [code] }", "'code' is no check")] // `checkers` alone switches it on
    [InlineData("{ hold_stream: maybe }", "'hold_stream' can't be 'maybe'")]
    [InlineData("{ hold: true }", "'hold' isn't known here")]
    public void What_is_wrong_is_named(string escalate, string error)
    {
        var file = ConfigurationFile.Parse("purser.yml", $"routing: {{ reference: a, escalate: {escalate} }}", _ => null);

        Assert.StartsWith(error, file.Errors[0].Message, StringComparison.Ordinal);
    }
}
