using Purser.Gateway.Configuration;
using Purser.Routing.Choice;
using Xunit;

namespace Purser.Gateway.Tests.Routing;

public sealed class RoutingReaderTests
{
    [Fact]
    public void Without_the_block_there_is_no_routing()
    {
        Assert.Null(ConfigurationFile.Parse("purser.yml", "data: here\n", _ => null).Routing);
    }

    [Fact]
    public void The_three_usual_policies_are_there_and_others_differ_in_what_they_say()
    {
        var file = Parse(
            """
            routing:
              reference: strong
              floor: 97
              candidates:
                - weak
                - { model: local/tiny, can: [json, files] }
              aliases: { cheap: auto, house: strong }
              policies:
                - { name: fast, floor: 90 }
                - name: support
                  prefer: quality
                  reference: other
                  candidates: [weak]
                  regions: [eu-]
                  for: ["strong*"]
            """
        );

        Assert.Empty(file.Errors);
        var routing = file.Routing!;
        Assert.Equal(["auto", "best", "fast", "support"], routing.Policies.Keys.Order());
        var (auto, fast, support) = (routing.Policies["auto"], routing.Policies["fast"], routing.Policies["support"]);
        Assert.Equal(("strong", 97L, Preference.Cost), (auto.Reference, auto.Floor, auto.Prefer));
        Assert.Equal(["weak", "local/tiny"], auto.Candidates);
        Assert.Equal((90L, Preference.Speed), (fast.Floor, fast.Prefer));
        Assert.Equal(("other", 97L, Preference.Quality), (support.Reference, support.Floor, support.Prefer));
        Assert.Equal(["weak"], support.Candidates);
        Assert.Equal(["eu-"], support.Regions);
        Assert.Equal(["strong*"], support.For);
        Assert.Equal(ModelAbilities.Tools | ModelAbilities.Json, routing.Models["weak"].Can);
        Assert.Equal(ModelAbilities.Json | ModelAbilities.Files, routing.Models["local/tiny"].Can);
        Assert.Equal("auto", routing.Aliases["cheap"]);
        Assert.Equal((2L, 100L, false), (routing.HoldoutPercent, routing.CanaryPercent, routing.KeepsReasons));
    }

    [Fact]
    public void What_is_tried_measured_and_kept_can_be_said()
    {
        var routing = Parse(
            "routing: { reference: a, holdout_percent: 0, canary_percent: 10, keep_feedback_reasons: true, keep_features: true }"
        ).Routing!;

        Assert.Equal((0L, 10L), (routing.HoldoutPercent, routing.CanaryPercent));
        Assert.True(routing is { KeepsReasons: true, KeepsFeatures: true });
    }

    [Fact]
    public void What_a_policy_doesnt_say_is_as_the_block_has_it_and_a_model_is_what_all_mappings_say_of_it()
    {
        var file = Parse(
            """
            routing:
              model: learned/router.model
              confidence: 90
              reference: { model: strong, learned_as: gpt-4-1106-preview, sensitive: true }
              floor: 92
              risk: { high: 98, low: 80 }
              when_budget_below: { percent: 20, floor: 85 }
              max_seconds: 30
              sensitive: { accounts: [hr], tags: [data=confidential] }
              candidates: [{ model: weak, languages: [en, de] }]
              policies:
                - { name: support, candidates: [{ model: weak, learned_as: w }], risk: { low: 70 }, max_seconds: 5 }
            """
        );

        Assert.Empty(file.Errors);
        var routing = file.Routing!;
        var (auto, support) = (routing.Policies["auto"], routing.Policies["support"]);
        Assert.Equal(("learned/router.model", 90L, "strong"), (routing.ModelFile, routing.Confidence, auto.Reference));
        Assert.Equal([92L, 98L, 80L, 85L], auto.Floors);
        Assert.Equal([92L, 98L, 70L, 85L], support.Floors);
        Assert.Equal((30L, 5L), (auto.MaxSeconds, support.MaxSeconds));
        Assert.Equal(
            ("gpt-4-1106-preview", "w", "other"),
            (routing.LearnedAs("strong"), routing.LearnedAs("weak"), routing.LearnedAs("other"))
        );
        Assert.Equal(["en", "de"], routing.Models["weak"].Languages);
        Assert.True(routing.Models["strong"].TakesSensitive && !routing.Models["weak"].TakesSensitive);
        Assert.Equal(["hr"], routing.Sensitive!.Accounts);
        Assert.Equal(["data=confidential"], routing.Sensitive.Tags);
    }

    [Theory]
    [InlineData("routing: { reference: a, risk: high }", "'risk' must be a mapping with 'high' and 'low'")]
    [InlineData("routing: { reference: a, risk: { high: 100 } }", "'high' must be a whole number from 50 to 99")]
    [InlineData("routing: { reference: a, when_budget_below: { percent: 20 } }", "'when_budget_below' has a 'percent'")]
    [InlineData(
        "routing: { reference: a, floor: 90, when_budget_below: { percent: 20, floor: 90 } }",
        "The floor of 'when_budget_below' (90)"
    )]
    [InlineData("routing: { reference: a, candidates: [{ model: b, languages: [klingon] }] }", "'klingon' isn't known here")]
    [InlineData("routing: { reference: a, confidence: 30 }", "'confidence' must be a whole number from 50 to 99")]
    [InlineData("routing: { reference: a, max_seconds: 0 }", "'max_seconds' must be a whole number from 1 to 3600")]
    [InlineData("routing: { reference: [a] }", "'reference' must be a text")]
    [InlineData("routing: on", "'routing' must be a mapping")]
    [InlineData("routing: { candidates: [a] }", "'reference' is missing")]
    [InlineData("routing: { reference: a, floor: 100 }", "'floor' must be a whole number from 50 to 99")]
    [InlineData("routing: { reference: a, holdout_percent: 51 }", "'holdout_percent' must be a whole number from 0 to 50")]
    [InlineData("routing: { reference: a, canary_percent: 60 }", "'canary_percent' is from 1 to 50, or 100")]
    [InlineData("routing: { reference: a, candidates: [{ model: b, can: [fly] }] }", "'fly' isn't known here")]
    [InlineData("routing: { reference: a, aliases: { auto: b } }", "'auto' can't be an alias")]
    [InlineData("routing: { reference: a, aliases: { x: y, y: a } }", "The alias 'x' is of 'y', which is an alias too")]
    [InlineData("routing: { reference: a, policies: [{ name: Big Words }] }", "A policy's name has small letters")]
    [InlineData("routing: { reference: a, policies: [{ name: b }, { name: b }] }", "There are two policies named 'b'")]
    [InlineData("routing: { reference: a, policies: [{ name: b, prefer: luck }] }", "'prefer' can't be 'luck'")]
    public void What_is_wrong_is_said_with_its_place(string text, string message)
    {
        Assert.Contains(Parse(text).Errors, error => error.Message.StartsWith(message, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_model_that_no_provider_serves_and_an_alias_that_is_a_models_name_stop_the_start()
    {
        var routing = Parse("routing: { reference: gpt-nosuch, aliases: { gpt-5-mini: claude-test, x: nobody } }").Routing;

        var exception = await Assert.ThrowsAsync<InvalidConfigurationException>(() =>
            TestGateway.StartAsync(options: options => options with { Routing = routing })
        );

        Assert.Equal(
            [
                "routing: no provider here serves the model 'gpt-nosuch'.",
                "routing: no provider here serves the model 'nobody'.",
                "routing: 'gpt-5-mini' can't be an alias, for a model has that name.",
            ],
            exception.Errors
        );
    }

    private static ConfigurationFile Parse(string text) => ConfigurationFile.Parse("purser.yml", text, _ => null);
}
