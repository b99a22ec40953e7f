using System.Globalization;
using System.Text;
using Purser.Core.Ledger;
using Purser.Core.Pricing;
using Purser.Gateway.Batches;
using Purser.Gateway.Configuration;
using Purser.Gateway.Pipeline;
using Purser.Gateway.Storage;
using Purser.Gateway.Tests.Storage;
using Purser.Providers;
using Purser.Providers.Batches;
using Xunit;

namespace Purser.Gateway.Tests.Batches;

/// <summary>
/// The money of random batches, by seed: what is held is never less than what any results cost that keep to the requests' limits; what is posted is the
/// sum of what each answer costs, and of what can't be read no more than was held for it; settled twice, crashed between or restarted, it's the same.
/// </summary>
public sealed class BatchBillTests
{
    private static readonly string[] Models = ["gpt-batch", "gpt-other"];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    public async Task Random_batches_are_exact(int seed)
    {
        var random = new Random(seed);
        await using var fixture = await StoreFixture.CreateAsync(limit: 10_000_000_000);
        var (catalog, _, _) = CatalogBuilder.Build(
            new GatewayOptions
            {
                PriceFiles = BatchGateway.Prices,
                Providers =
                [
                    new ProviderOptions
                    {
                        Name = "openai",
                        Api = "openai",
                        BaseUrl = new Uri("http://127.0.0.1"),
                        ApiKey = "x",
                    },
                ],
            }
        );
        var posted = 0L;
        for (var round = 0; round < 12; round++)
        {
            // A batch of random requests is planned and held.
            var target = new BatchTarget(BatchFormat.OpenAI, ProviderCatalog.Chat, "/v1/chat/completions", "openai");
            var plan = new BatchPlan(target, catalog, null, "acme", fixture.Clock.GetUtcNow());
            var requests = Enumerable
                .Range(0, random.Next(1, 30))
                .Select(_ => (Model: Models[random.Next(2)], Most: random.Next(1, 400), Text: new string('x', random.Next(1, 300))))
                .ToList();
            foreach (var (model, most, text) in requests)
            {
                var line = BatchGateway.Chats(BatchGateway.Message(model, most, text));
                Assert.Null(plan.Add(Encoding.UTF8.GetBytes(line.TrimEnd())));
            }

            var request = Guid.CreateVersion7(fixture.Clock.GetUtcNow().AddMilliseconds(round));
            var admissions = plan
                .Parts.Select(part => new Admission(
                    new AttemptId(request, part.Part.Attempt),
                    fixture.Key.Subject,
                    new Route("chat", part.Part.Model, "openai", part.Part.Model, part.First.Price.Entry, "book"),
                    part.Held,
                    fixture.Clock.GetUtcNow()
                ))
                .ToList();
            var held = plan.Parts.Sum(part => part.Held.Cost.Nanos);
            Assert.True((await fixture.Store.ReserveAllAsync(admissions)).Result.IsReserved);
            Assert.Equal((posted, held), await fixture.BalanceAsync());

            // It ends with random results: answers within their limits, answers without usage, errors, and some that are missing.
            var record = new BatchRecord(AttemptId.NameOf(request), "chat", [.. plan.Parts.Select(part => part.Part)]);
            var open = await fixture.Store.OpenReservationsAsync(request);
            var bill = new BatchBill(BatchFormat.OpenAI, record, open, "openai", catalog);
            var (exact, answered, unread) = (0m, 0L, 0);
            foreach (var (model, most, text) in requests.OrderBy(_ => random.Next()))
            {
                var (input, output) = (random.Next(1, text.Length + 1), random.Next(0, most + 1));
                switch (random.Next(10))
                {
                    case 0:
                        bill.Add("""{"custom_id":"e","response":{"status_code":500,"body":{}},"error":null}"""u8);
                        break;
                    case 1:
                        (answered, unread) = (answered + 1, unread + 1);
                        bill.Add(Encoding.UTF8.GetBytes(Result(model, null)));
                        break;
                    case 2:
                        (answered, unread) = (answered + 1, unread + 1);
                        break;
                    default:
                        answered++;
                        exact += (input + (10m * output)) / 1_000_000m;
                        bill.Add(Encoding.UTF8.GetBytes(Result(model, (input, output))));
                        break;
                }
            }

            bill.Complete(answered, areGone: false);
            var posts = bill.Posts(
                "batch_1",
                "config",
                new BatchState("batch_1", "completed", BatchEnd.Completed),
                fixture.Clock.GetUtcNow()
            );
            var cost = posts.Sum(post => post.Event.Cost.Nanos);
            if (unread == 0)
            {
                Assert.Equal(Money.FromUsdRoundedUp(exact).Nanos, cost);
                Assert.All(posts, post => Assert.Equal(JournalMarks.None, post.Event.Marks));
            }
            else
            {
                Assert.InRange(cost, (long)(exact * 1_000_000_000m) + 1, held);
                Assert.Contains(posts, post => post.Event.Marks == JournalMarks.Estimated);
            }

            // The process may end before it is settled, and after.
            if (random.Next(2) == 0)
            {
                await fixture.Store.SettleAsync([], [Kept(fixture, record, isOpen: true)]);
                await fixture.ReopenAsync();
                Assert.Equal((posted, held), await fixture.BalanceAsync());
            }

            Assert.True(await fixture.Store.SettleAsync(posts, [Kept(fixture, record, isOpen: false)]));
            Assert.False(await fixture.Store.SettleAsync(posts, [Kept(fixture, record, isOpen: false)]));
            posted += cost;
            Assert.Equal((posted, 0), await fixture.BalanceAsync());
        }

        await fixture.ReopenAsync();
        Assert.Equal((posted, 0), await fixture.BalanceAsync());
        fixture.Store.OpenReader().Dispose();
        await fixture.Store.DisposeAsync();
        var report = LedgerVerifier.Verify(fixture.Directory);
        Assert.Empty(report.Problems);
        Assert.Equal(posted, (long)report.PostedNanos);
    }

    [Fact]
    public async Task Of_several_attempts_all_are_held_or_none()
    {
        await using var fixture = await StoreFixture.CreateAsync(limit: 1000);
        var (first, second) = (fixture.NextAttempt(), fixture.NextAttempt(2));
        Admission Of(AttemptId attempt, long nanos) =>
            new(attempt, fixture.Key.Subject, StoreFixture.Route, new Amount(new Money(nanos), nanos, 1), fixture.Clock.GetUtcNow());

        var refused = await fixture.Store.ReserveAllAsync([Of(first, 600), Of(second, 401)]);

        Assert.Equal(ReserveStatus.BudgetExceeded, refused.Result.Status);
        Assert.Equal((0, 0), await fixture.BalanceAsync());
        Assert.True(
            (await fixture.Store.ReserveAllAsync([Of(fixture.NextAttempt(), 600), Of(fixture.NextAttempt(2), 400)])).Result.IsReserved
        );
        Assert.Equal((0, 1000), await fixture.BalanceAsync());
    }

    [Fact]
    public async Task What_no_batch_holds_is_posted_at_the_next_start_and_what_one_holds_is_not()
    {
        await using var fixture = await StoreFixture.CreateAsync(limit: 1000);
        var (lost, kept) = (fixture.NextAttempt(), fixture.NextAttempt());
        await fixture.ReserveAsync(lost, 100);
        await fixture.ReserveAsync(kept, 200);
        var record = new BatchRecord(kept.RequestName, "chat", [new BatchPart(1, "gpt-batch", 1, 200, 1, 1)]);
        await fixture.Store.KeepAsync(Kept(fixture, record, isOpen: true));

        await fixture.ReopenAsync();

        Assert.Equal(1, fixture.Store.Recovered);
        Assert.Equal((100, 200), await fixture.BalanceAsync());
    }

    private static Objects.OwnedObject Kept(StoreFixture fixture, BatchRecord record, bool isOpen) =>
        new(Objects.OwnedKind.Batch, $"batch_{record.Request}", "openai")
        {
            Credential = "config",
            KeyId = fixture.Key.Id,
            AccountId = fixture.Key.Subject.Accounts[0].Id,
            CreatedAt = fixture.Clock.GetUtcNow(),
            IsOpen = isOpen,
            Payload = record.ToPayload(),
        };

    private static string Result(string model, (int Input, int Output)? usage)
    {
        var said = usage is var (input, output)
            ? string.Create(
                CultureInfo.InvariantCulture,
                $$""","usage":{"prompt_tokens":{{input}},"completion_tokens":{{output}},"total_tokens":{{input + output}}}"""
            )
            : "";
        return $$$"""{"custom_id":"c","response":{"status_code":200,"request_id":"r","body":{"id":"x","object":"chat.completion","model":"{{{model}}}"{{{said}}}}},"error":null}""";
    }
}
