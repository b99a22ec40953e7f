using System.Globalization;
using Purser.Core.Budgets;
using Purser.Core.Ledger;
using Purser.Core.Pricing;
using Purser.Gateway.Storage;
using Xunit;

namespace Purser.Gateway.Tests.Storage;

public sealed class LedgerVerifierTests
{
    // The fixture's five changes are entries 1 to 5. Three attempts, each reserved and posted, follow with what they name: 6 and 7 define the
    // first one's subject and route, 10 the second's subject, 13 the third's route.
    public static TheoryData<string, string> Alterations =>
        new()
        {
            { "UPDATE journal SET body = (SELECT body FROM journal WHERE seq = 9) WHERE seq = 12", "entry 12: the chain is broken" },
            { "UPDATE journal SET hash = zeroblob(32) WHERE seq = 11", "entry 11: the chain is broken" },
            {
                "UPDATE journal SET body = CAST(replace(body, 'research', 'rasearch') AS BLOB) WHERE seq = 3",
                "entry 3: the chain is broken"
            },
            { "UPDATE journal SET body = CAST(substr(body, 1, length(body) - 1) AS BLOB) WHERE seq = 9", "entry 9: the chain is broken" },
            { "UPDATE journal SET body = 'x' WHERE seq = 11", "entry 11: " },
            { "DELETE FROM journal WHERE seq = 9", "entry 9: a gap before it: entry 9 is missing" },
            { "DELETE FROM journal WHERE seq = 1", "entry 1: a gap before it: entry 1 is missing" },
            { "DELETE FROM journal WHERE seq = 10", "entry 10: a gap before it: entry 10 is missing" },
            { "UPDATE subjects SET end_user = 'bob' WHERE id = 10", "entry 10: the row of its subject was altered" },
            { "UPDATE subjects SET team = NULL WHERE id = 10", "entry 10: the row of its subject was altered" },
            { "DELETE FROM subjects WHERE id = 10", "entry 10: the row of its subject is missing" },
            { "UPDATE routes SET model = 'gpt-y' WHERE id = 13", "entry 13: the row of its route was altered" },
            { "UPDATE usage_events SET input = 0 WHERE cost_nanos = 20", "entry 12: the usage event of req_" },
            { "UPDATE usage_events SET subject_id = 1 WHERE cost_nanos = 20", "entry 12: the usage event of req_" },
            { "DELETE FROM usage_events WHERE cost_nanos = 20", "entry 12: the usage event of req_" },
            { "UPDATE usage_events SET attempt = 2 WHERE cost_nanos = 20", "entry 12: the usage event of req_" },
            { "DELETE FROM journal WHERE seq >= 15", "req_" },
            { "DELETE FROM journal WHERE seq = 15", "entry 15: a gap before it: entry 15 is missing" },
            { "UPDATE snapshots SET state = CAST('{}' AS BLOB)", "the snapshot of entry 15 isn't the one that the journal names" },
            { "UPDATE snapshots SET seq = 14, hash = (SELECT hash FROM journal WHERE seq = 14)", "the snapshot of entry 14 isn't the one" },
            { "UPDATE snapshots SET state = CAST(replace(state, '\"Posted\":60', '\"Posted\":50') AS BLOB)", "the snapshot of entry 15" },
        };

    [Theory]
    [MemberData(nameof(Alterations))]
    public async Task An_altered_row_is_found_and_the_first_bad_entry_named(string alteration, string problem)
    {
        await using var fixture = await ThreeAttemptsAsync();
        // Closed, so that there is a snapshot, and all usage events are where reports look for them.
        fixture.Store.OpenReader().Dispose();
        await fixture.Store.DisposeAsync();
        var before = LedgerVerifier.Verify(fixture.Directory);
        Assert.Empty(before.Problems);
        Assert.Equal(3, before.ProjectedEvents);

        fixture.Tamper($"PRAGMA foreign_keys = OFF; {alteration}");

        var report = LedgerVerifier.Verify(fixture.Directory);
        Assert.False(report.IsClean);
        Assert.StartsWith(problem, report.Problems[0], StringComparison.Ordinal);
    }

    /// <summary>Who may spend, what budgets are added to, and what is still to be confirmed, with a grant, an admin key and an unconfirmed attempt.</summary>
    public static TheoryData<string, string> AlterationsOfTables =>
        new()
        {
            { "UPDATE accounts SET name = 'evil' WHERE name = 'search'", "account acct_" },
            { "UPDATE accounts SET kind = 3 WHERE name = 'search'", "account acct_" },
            {
                "INSERT INTO accounts VALUES('acct_x', 1, 'ghost', 0, 0, NULL, NULL)",
                "account acct_x: its row isn't what the journal recorded"
            },
            { "UPDATE keys SET account_id = (SELECT id FROM accounts WHERE kind = 0)", "key pk-" },
            { "UPDATE keys SET secret_hash = randomblob(32)", "key pk-" },
            { "UPDATE keys SET disabled = 1", "key pk-" },
            { "UPDATE keys SET expires_at = 4102444800000000", "key pk-" },
            { "UPDATE keys SET name = 'other'", "key pk-" },
            { "DELETE FROM keys", "key pk-" },
            { "INSERT INTO keys SELECT 'pk-x', 'x', account_id, secret_hash, 0, NULL, 0, 0 FROM keys", "key pk-x: its row isn't what" },
            { "UPDATE meta SET value = 'admin-x ' || hex(zeroblob(32)) WHERE name = 'admin_key'", "the admin key isn't the one" },
            { "DELETE FROM grants", "grant gr_1: its row isn't what" },
            { "UPDATE grants SET definition = replace(definition, '\"amount\":', '\"amount\":9')", "grant gr_1: its row isn't what" },
            { "INSERT INTO grants SELECT 'gr_2', budget_id, definition, at FROM grants", "grant gr_2: its row isn't what" },
            { "DELETE FROM unconfirmed", "req_" },
            { "INSERT INTO unconfirmed VALUES(zeroblob(16), 1, 9)", "req_" },
            { "UPDATE unconfirmed SET seq = 9", "req_" },
            { "UPDATE subjects SET hash = zeroblob(32) WHERE id = 10", "entry 10: the hash of its subject isn't that of its content" },
            { "UPDATE routes SET hash = zeroblob(32) WHERE id = 13", "entry 13: the hash of its route isn't that of its content" },
            {
                "INSERT INTO subjects SELECT 999, randomblob(32), key_id, account_path, organization, department, team, project, member, "
                    + "end_user, session, agent, tags, run, repository, branch FROM subjects WHERE id = 6",
                "1 rows of subjects are of no entry"
            },
            {
                "INSERT INTO routes SELECT 999, randomblob(32), api, model_requested, provider, model, price_entry, price_book_version "
                    + "FROM routes WHERE id = 7",
                "1 rows of routes are of no entry"
            },
            { "UPDATE budgets SET definition = replace(definition, '\"limit\":', '\"limit\":9')", "budget bud_" },
            { "DELETE FROM budgets", "budget bud_" },
        };

    [Theory]
    [MemberData(nameof(AlterationsOfTables))]
    public async Task A_table_that_differs_from_the_journal_is_named(string alteration, string problem)
    {
        await using var fixture = await ThreeAttemptsAsync();
        var budget = fixture.Store.Control.Budgets[0];
        await fixture.Store.ChangeAsync(change =>
        {
            change.AddGrant(new Grant("gr_1", budget.Id, null, 100, fixture.Clock.GetUtcNow(), null, GrantCause.Approved, "ann", "why"));
            return change.ResetAdminKey();
        });
        var unknown = fixture.NextAttempt();
        await fixture.ReserveAsync(unknown, 5);
        await fixture.PostAsync(unknown, 5, usage => usage with { Marks = JournalMarks.Unconfirmed });
        await fixture.Store.DisposeAsync();
        Assert.Empty(LedgerVerifier.Verify(fixture.Directory).Problems);

        fixture.Tamper($"PRAGMA foreign_keys = OFF; {alteration}");

        var found = LedgerVerifier.Verify(fixture.Directory).Problems;
        Assert.Contains(found, text => text.StartsWith(problem, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_clean_ledger_is_counted_while_the_store_is_open()
    {
        await using var fixture = await ThreeAttemptsAsync();
        await fixture.ReserveAsync(fixture.NextAttempt(), 50);
        var over = fixture.NextAttempt();
        await fixture.ReserveAsync(over, 5);
        await fixture.PostAsync(over, 9, usage => usage with { Marks = JournalMarks.Estimated });
        await fixture.Store.RecordRefusalAsync(
            fixture.Key.Subject,
            StoreFixture.Route,
            fixture.Event(fixture.NextAttempt(0), Outcome.Refused)
        );
        var told = new List<(long, long)>();

        var report = LedgerVerifier.Verify(fixture.Directory, (done, total) => told.Add((done, total)));

        Assert.Empty(report.Problems);
        Assert.Equal((19, 5, 4, 0, 5), (report.Entries, report.Reserves, report.Posts, report.Voids, report.ControlChanges));
        Assert.Equal((1, 1, 1, 0, 1), (report.OpenReservations, report.Estimated, report.Overage, report.Unconfirmed, report.Refusals));
        Assert.Equal((Int128)69, report.PostedNanos);
        Assert.Equal(5, report.LimitChecks);
        Assert.Equal(64, report.HeadHash.Length);
        Assert.Equal([(19L, 19L)], told);
    }

    [Fact]
    public async Task A_reservation_above_the_limit_is_found_though_the_chain_is_whole()
    {
        await using var fixture = await ThreeAttemptsAsync();
        await fixture.Store.DisposeAsync();

        // A writer with a faulty ledger: it chains correctly what it should have refused.
        using (var connection = LedgerStore.OpenReader(LedgerStore.FileIn(fixture.Directory)))
        {
            using var command = connection.CreateCommand();
            command.CommandText = "PRAGMA query_only = 0";
            command.ExecuteNonQuery();
            using var journal = new JournalWriter(connection, fixture.Clock);
            var root = fixture.Organization;
            journal.State.Advance(fixture.Clock.GetUtcNow());
            journal.State.AddBudget(
                new Budget("bud_x", "", root, BudgetUnit.Usd, new BudgetWindow(WindowKind.Month, TimeZoneInfo.Utc), 5000),
                []
            );
            var amount = new Amount(new Money(941), 941, 1);
            journal.Reserve(
                new Admission(fixture.NextAttempt(), fixture.Key.Subject, StoreFixture.Route, amount, fixture.Clock.GetUtcNow())
            );
        }

        var problem = Assert.Single(LedgerVerifier.Verify(fixture.Directory).Problems);
        Assert.Contains("admitted above the limit of bud_", problem, StringComparison.Ordinal);
        Assert.EndsWith("posted 60 + pending 941 > 1000", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_without_a_ledger_says_so()
    {
        var folder = Directory.CreateTempSubdirectory("purser-").FullName;

        var exception = Assert.Throws<FileNotFoundException>(() => LedgerVerifier.Verify(folder));
        Assert.Equal($"There is no ledger in {folder}: purser.db is missing.", exception.Message);

        File.WriteAllText(Path.Combine(folder, "purser.db"), new string('x', 4096));
        Assert.Throws<InvalidDataException>(() => LedgerVerifier.Verify(folder));
        Directory.Delete(folder, recursive: true);
    }

    [Theory]
    [InlineData(ExportFormat.Csv)]
    [InlineData(ExportFormat.JsonLines)]
    public async Task An_export_has_every_entry_with_what_it_names(ExportFormat format)
    {
        await using var fixture = await ThreeAttemptsAsync();
        using var writer = new StringWriter(CultureInfo.InvariantCulture);

        LedgerExport.Write(fixture.Directory, writer, format);

        var lines = writer.ToString().TrimEnd('\n').Split('\n');
        Assert.Equal(format == ExportFormat.Csv ? 16 : 15, lines.Length);
        Assert.StartsWith(
            format == ExportFormat.Csv ? "seq,at,kind,request_id," : """{"seq":1,"at":"2026-11-24T12:00:00.000000Z","kind":"control",""",
            lines[0],
            StringComparison.Ordinal
        );
        Assert.Contains("0.000000030", lines[^1], StringComparison.Ordinal);
        Assert.Contains("gpt-z", lines[^1], StringComparison.Ordinal);
        Assert.Contains("completed", lines[^1], StringComparison.Ordinal);
    }

    private static async Task<StoreFixture> ThreeAttemptsAsync()
    {
        var fixture = await StoreFixture.CreateAsync();
        await fixture.SpendAsync(10);
        await fixture.SpendAsync(20, fixture.Subject("ann"));
        await fixture.SpendAsync(30, route: new Route("openai.chat", "gpt-z", "openai", "gpt-z", "openai/gpt-z", "2026-11-01"));
        return fixture;
    }
}
