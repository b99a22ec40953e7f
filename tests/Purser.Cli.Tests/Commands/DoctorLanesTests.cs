using System.Text.Json.Nodes;

namespace Purser.Cli.Tests.Commands;

public sealed class DoctorLanesTests
{
    [Fact]
    public async Task The_doctor_says_which_models_are_left_alone()
    {
        await using var gateway = (await FakeGateway.StartAsync())
            .On("GET /health/live", "ok")
            .On("GET /health/ready", "ok")
            .On(
                "GET /admin/v1/status",
                """
                {"version":"0.1.0","providers":[{"name":"openai","api":"openai","base_url":"x","models":2,"has_key":true,"lanes":[
                {"model":"gpt-5","credential":"config","state":"ready","under_way":1,"latency_ms":20},
                {"model":"gpt-5-mini","credential":"config","state":"broken","until":"2026-11-24T12:00:30Z","under_way":0,"latency_ms":0},
                {"model":"gpt-5-nano","credential":"config","state":"cooling","until":"2026-11-24T12:01:00Z","under_way":0,"latency_ms":0},
                {"model":"gpt-5-nano","credential":"cred_1","state":"cooling","until":"2026-11-24T12:01:00Z","under_way":0,"latency_ms":0},
                {"model":"gpt-5-nano","credential":"cred_2","state":"refused","until":"2026-11-24T12:05:00Z","under_way":0,"latency_ms":0}]}],
                "stores":[{"name":"journal","state":"ok","detail":null}],"durability":"full","journal":{"head_seq":1,"open_reservations":0}}
                """
            );
        using var run = CliRun.With(gateway);

        await run.RunAsync("doctor", "--format", "json");

        var details = JsonNode.Parse(run.Out)!["data"]!
            .AsArray()
            .Where(row => (string)row!["check"]! == "provider openai" && (string)row["state"]! == "warn")
            .Select(row => (string)row!["detail"]!);
        Assert.Equal(
            [
                "its address isn't known, so it wasn't tried",
                "gpt-5-mini fails too often, and is left alone until 12:00:30 UTC",
                "the provider asked for a pause with gpt-5-nano until 12:01:00 UTC",
                "the provider asked for a pause with gpt-5-nano with the credential cred_1 until 12:01:00 UTC",
                "the provider refused the credential cred_2 for gpt-5-nano; others are used first until 12:05:00 UTC",
            ],
            details
        );
    }
}
