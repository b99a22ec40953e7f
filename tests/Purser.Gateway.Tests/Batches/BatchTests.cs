using System.Text.Json.Nodes;
using Purser.Gateway.Storage;
using Xunit;
using static Purser.Gateway.Tests.Batches.BatchGateway;

namespace Purser.Gateway.Tests.Batches;

/// <summary>Batches over real HTTP: what they hold, what they cost, and whose they are.</summary>
public sealed class BatchTests
{
    private static readonly TimeSpan Never = TimeSpan.FromHours(1);

    [Fact]
    public async Task A_batch_of_messages_is_held_at_its_most_and_charged_what_it_was_billed()
    {
        await using var batch = await BatchGateway.StartAsync(TimeSpan.FromSeconds(1));
        var key = await batch.Gateway.KeyAsync(1m);
        var body = Messages(
            Message("claude-batch", 50, "one"),
            Message("claude-other", 60, "[[simulate:500]]"),
            Message("claude-batch", 70, "two")
        );

        var (status, made, _) = await batch.SendAsync("POST", "/v1/messages/batches", key, body);

        Assert.Equal(200, status);
        var id = made["id"]!.GetValue<string>();
        // Each line is bounded by its bytes and its output, at the price of batches: $1 and $10 a million.
        var bytes = new[] { ("claude-batch", 50, "one"), ("claude-other", 60, "[[simulate:500]]"), ("claude-batch", 70, "two") }.Sum(line =>
            Message(line.Item1, line.Item2, line.Item3).Length
        );
        Assert.Equal((0m, (bytes + 1800) / 1_000_000m), await batch.BudgetAsync(key));
        Assert.Equal(2, await batch.Gateway.OpenReservationsAsync());

        var (ended, response) = await batch.EndedAsync($"/v1/messages/batches/{id}", key, "ended");

        Assert.Equal($"{batch.Gateway.Client.BaseAddress}v1/messages/batches/{id}/results", ended["results_url"]!.GetValue<string>());
        var billed = await batch.BilledAsync(id);
        Assert.True(billed.Nanos > 0);
        Assert.Equal(billed.ToString(), response.Headers.GetValues("x-purser-cost-usd").Single());
        Assert.Equal((billed.Usd, 0m), await batch.BudgetAsync(key));
        Assert.Equal(0, await batch.Gateway.OpenReservationsAsync());
        var story = (await batch.Gateway.AdminAsync(HttpMethod.Get, $"/requests/{id}"))!;
        Assert.Equal("completed", story["outcome"]!.GetValue<string>());
        Assert.Contains("\"service_tier\":\"batch\"", story.ToJsonString(), StringComparison.Ordinal);
        Assert.Contains("\"custom_id\":\"m2\"", story.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_batch_of_chats_is_charged_what_it_was_billed_and_its_files_are_its_owners()
    {
        await using var batch = await BatchGateway.StartAsync(TimeSpan.Zero);
        var key = await batch.Gateway.KeyAsync(1m);
        var lines = Chats(Enumerable.Range(0, 20).Select(i => Message("gpt-batch", 10 + i, i == 3 ? "[[simulate:500]]" : $"say {i}")));
        var file = await batch.FileAsync(key, lines);

        var (status, made, _) = await batch.SendAsync("POST", "/v1/batches", key, Order(file));

        Assert.Equal(200, status);
        var id = made["id"]!.GetValue<string>();
        var (ended, response) = await batch.EndedAsync($"/v1/batches/{id}", key, "completed");
        var billed = await batch.BilledAsync(id);
        Assert.Equal(billed.ToString(), response.Headers.GetValues("x-purser-cost-usd").Single());
        Assert.Equal((billed.Usd, 0m), await batch.BudgetAsync(key));
        Assert.Equal("""{"total":20,"completed":19,"failed":1}""", ended["request_counts"]!.ToJsonString());
        var events = await batch.Gateway.AdminTextAsync("/events");
        var settled = events.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!).Single();
        Assert.False(settled["estimated"]!.GetValue<bool>());
        Assert.Equal("gpt-batch", settled["model_requested"]!.GetValue<string>());
        var objects = new Objects.OwnedObjects(batch.Gateway.Store, TimeProvider.System);
        var owner = batch.Gateway.Store.Control.FindKey(key[..key.IndexOf('.', StringComparison.Ordinal)])!;
        Assert.NotNull(objects.Find(Objects.OwnedKind.File, ended["output_file_id"]!.GetValue<string>(), owner.Subject.Accounts[0].Id));
        Assert.NotNull(objects.Find(Objects.OwnedKind.File, ended["error_file_id"]!.GetValue<string>(), owner.Subject.Accounts[0].Id));
    }

    [Fact]
    public async Task The_watch_settles_a_batch_that_nobody_asks_for()
    {
        await using var batch = await BatchGateway.StartAsync(TimeSpan.Zero, TimeSpan.FromSeconds(1));
        var key = await batch.Gateway.KeyAsync(1m);
        var (_, made, _) = await batch.SendAsync("POST", "/v1/messages/batches", key, Messages(Message("claude-batch", 5, "hi")));

        await batch.Gateway.SettledAsync();

        Assert.Equal(((await batch.BilledAsync(made["id"]!.GetValue<string>())).Usd, 0m), await batch.BudgetAsync(key));
    }

    [Fact]
    public async Task A_batch_that_does_not_fit_is_refused_and_nothing_is_held_or_made()
    {
        await using var batch = await BatchGateway.StartAsync(Never);
        var key = await batch.Gateway.KeyAsync(0.001m);
        var body = Messages(Message("claude-other", 5, "hi"), Message("claude-batch", 4000, "hi"));

        var (status, refused, response) = await batch.SendAsync("POST", "/v1/messages/batches", key, body);

        Assert.Equal(402, status);
        Assert.Equal("error", refused["type"]!.GetValue<string>());
        Assert.Contains("purser asks create req_", refused["error"]!["message"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal("false", response.Headers.GetValues("x-should-retry").Single());
        Assert.Equal((0m, 0m), await batch.BudgetAsync(key));
        Assert.Equal(0, await batch.Gateway.OpenReservationsAsync());
        var (_, list, _) = await batch.SendAsync("GET", "/v1/messages/batches", key);
        Assert.Empty(list["data"]!.AsArray());
    }

    [Theory]
    [InlineData("claude-never", 402, "model_not_priced")]
    [InlineData("claude-unknown", 404, "model_not_found")]
    [InlineData("anthropic/claude-batch", 404, "model_not_found")]
    [InlineData("gpt-batch", 404, "model_not_found")]
    public async Task One_line_of_a_model_that_has_no_price_in_batches_refuses_all_of_them(string model, int status, string code)
    {
        await using var batch = await BatchGateway.StartAsync(Never);
        var key = await batch.Gateway.KeyAsync(1m);

        var (answered, refused, _) = await batch.SendAsync(
            "POST",
            "/v1/messages/batches",
            key,
            Messages(Message("claude-batch", 5, "hi"), Message(model, 5, "hi"))
        );

        Assert.Equal(status, answered);
        Assert.StartsWith(
            "Request 2 of the batch (custom_id 'm1'): ",
            refused["error"]!["message"]!.GetValue<string>(),
            StringComparison.Ordinal
        );
        Assert.Equal(code, refused["error"]!["code"]!.GetValue<string>());
        Assert.Equal(0, await batch.Gateway.OpenReservationsAsync());
    }

    [Theory]
    [InlineData(
        """{"custom_id":"a","method":"POST","url":"/v1/responses","body":{"model":"gpt-batch","max_tokens":5,"messages":[]}}""",
        "Request 1"
    )]
    [InlineData("""{"custom_id":"a","method":"POST","url":"/v1/chat/completions","body":{"model":"gpt-batch"},"body":{}}""", "twice")]
    [InlineData("""{"custom_id":"a"} {"b":1}""", "no JSON object")]
    [InlineData("not json", "no JSON object")]
    [InlineData(
        """{"custom_id":"a","method":"POST","url":"/v1/chat/completions","body":{"model":"gpt-batch","stream":true,"max_tokens":5,"messages":[]}}""",
        "asks for a stream"
    )]
    [InlineData(
        """{"custom_id":"a","method":"POST","url":"/v1/chat/completions","body":{"model":"gpt-batch","service_tier":"priority","max_tokens":5,"messages":[]}}""",
        "service_tier"
    )]
    public async Task A_line_that_is_none_refuses_the_batch_and_is_named(string line, string why)
    {
        await using var batch = await BatchGateway.StartAsync(Never);
        var key = await batch.Gateway.KeyAsync(1m);
        var file = await batch.FileAsync(key, line);

        var (status, refused, _) = await batch.SendAsync("POST", "/v1/batches", key, Order(file));

        Assert.Equal(400, status);
        Assert.Contains(why, refused["error"]!["message"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Contains("Request 1 of the batch", refused["error"]!["message"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task To_another_account_a_batch_is_not_there()
    {
        await using var batch = await BatchGateway.StartAsync(Never);
        var gateway = batch.Gateway;
        var key = await gateway.KeyAsync(1m);
        await gateway.AdminAsync(HttpMethod.Post, "/accounts", new { name = "team", kind = "team" });
        var other = (await gateway.AdminAsync(HttpMethod.Post, "/keys", new { account = "team", name = "other" }))![
            "key"
        ]!.GetValue<string>();
        var file = await batch.FileAsync(key, Chats(Message("gpt-batch", 5, "hi")));
        var (_, made, _) = await batch.SendAsync("POST", "/v1/batches", key, Order(file));
        var id = made["id"]!.GetValue<string>();

        Assert.Equal(404, (await batch.SendAsync("GET", $"/v1/batches/{id}", other)).Status);
        Assert.Equal(404, (await batch.SendAsync("POST", $"/v1/batches/{id}/cancel", other)).Status);
        Assert.Equal(404, (await batch.SendAsync("GET", $"/v1/messages/batches/{id}", key)).Status);
        Assert.Equal(404, (await batch.SendAsync("POST", "/v1/batches", other, Order(file))).Status);
        Assert.Empty((await batch.SendAsync("GET", "/v1/batches", other)).Body["data"]!.AsArray());
        var own = (await batch.SendAsync("GET", "/v1/batches", key)).Body;
        Assert.Equal([id], own["data"]!.AsArray().Select(one => one!["id"]!.GetValue<string>()));
        Assert.False(own["has_more"]!.GetValue<bool>());
    }

    [Fact]
    public async Task A_cancelled_batch_costs_what_ran_and_releases_the_rest()
    {
        await using var batch = await BatchGateway.StartAsync(Never);
        var key = await batch.Gateway.KeyAsync(1m);
        var (_, made, _) = await batch.SendAsync("POST", "/v1/messages/batches", key, Messages(Message("claude-batch", 50, "hi")));
        var path = $"/v1/messages/batches/{made["id"]}";
        Assert.Equal(400, (await batch.SendAsync("DELETE", path, key)).Status);

        await batch.SendAsync("POST", $"{path}/cancel", key);
        await batch.EndedAsync(path, key, "ended");

        Assert.Equal((0m, 0m), await batch.BudgetAsync(key));
        Assert.Equal(200, (await batch.SendAsync("DELETE", path, key)).Status);
        Assert.Equal(404, (await batch.SendAsync("GET", path, key)).Status);
    }

    [Fact]
    public async Task What_a_batch_holds_outlives_a_restart_and_is_settled_exactly()
    {
        await using var batch = await BatchGateway.StartAsync(TimeSpan.FromSeconds(2));
        var key = await batch.Gateway.KeyAsync(1m);
        var (_, made, _) = await batch.SendAsync("POST", "/v1/messages/batches", key, Messages(Message("claude-batch", 50, "hi")));
        var held = await batch.BudgetAsync(key);

        await batch.Gateway.RestartAsync(options => options with { BatchPoll = TimeSpan.FromSeconds(1) });

        Assert.Equal(held, await batch.BudgetAsync(key));
        await batch.Gateway.SettledAsync();
        Assert.Equal(((await batch.BilledAsync(made["id"]!.GetValue<string>())).Usd, 0m), await batch.BudgetAsync(key));
        await batch.Gateway.StopAsync();
        Assert.Empty(LedgerVerifier.Verify(batch.Gateway.Directory).Problems);
    }

    [Fact]
    public async Task Results_that_are_gone_are_charged_as_they_were_held_and_wait_to_be_confirmed()
    {
        await using var batch = await BatchGateway.StartAsync(TimeSpan.Zero);
        var key = await batch.Gateway.KeyAsync(1m);
        var (_, made, _) = await batch.SendAsync("POST", "/v1/messages/batches", key, Messages(Message("claude-batch", 50, "hi")));
        var (_, held) = await batch.BudgetAsync(key);
        var path = $"/v1/messages/batches/{made["id"]}";
        using var vendor = new HttpClient { BaseAddress = batch.Simulator.Address };
        vendor.DefaultRequestHeaders.Add("x-api-key", "any");
        vendor.DefaultRequestHeaders.Add("anthropic-version", "2023-06-01");
        HttpResponseMessage deleted;
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        do
        {
            await timer.WaitForNextTickAsync();
            deleted = await vendor.DeleteAsync(new Uri(path, UriKind.Relative));
        } while (!deleted.IsSuccessStatusCode);

        await batch.Gateway.RestartAsync(options => options with { BatchPoll = TimeSpan.FromSeconds(1) });
        await batch.Gateway.SettledAsync();

        Assert.Equal((held, 0m), await batch.BudgetAsync(key));
        var waiting = (await batch.Gateway.AdminAsync(HttpMethod.Get, "/ledger/unconfirmed"))!;
        Assert.Contains("claude-batch", waiting.ToJsonString(), StringComparison.Ordinal);
        var alert = await batch.AlertAsync("purser.model.unpriced");
        Assert.StartsWith(
            $"1 of the answers of anthropic/claude-batch in the batch {made["id"]} can't be priced: ",
            alert["message"]!.GetValue<string>(),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task A_batch_belongs_to_the_run_the_repository_and_the_tags_that_its_request_names()
    {
        await using var batch = await BatchGateway.StartAsync(TimeSpan.Zero);
        var key = await batch.Gateway.KeyAsync(1m);
        var file = await batch.FileAsync(key, Chats(Message("gpt-batch", 5, "hi")));
        var headers = new Dictionary<string, string>
        {
            ["x-purser-run"] = "run-7",
            ["x-purser-repository"] = "github.com/acme/search",
            ["x-purser-branch"] = "main",
            ["x-purser-tags"] = "stage=test",
        };

        var (status, made, _) = await batch.SendAsync("POST", "/v1/batches", key, Order(file), headers);

        Assert.Equal(200, status);
        await batch.EndedAsync($"/v1/batches/{made["id"]}", key, "completed");
        var report = await batch.Gateway.AdminAsync(HttpMethod.Get, "/reports/spend?by=run,repository,branch,tag:job,tag:stage");
        var row = Assert.Single(report!["rows"]!.AsArray())!;
        Assert.Equal(
            ["run-7", "github.com/acme/search", "main", "night", "test"],
            new[] { "run", "repository", "branch", "tag:job", "tag:stage" }.Select(name => row[name]!.GetValue<string>())
        );
    }
}
