using Purser.Gateway.Alerts;
using Xunit;

namespace Purser.Gateway.Tests.Alerts;

public sealed class AlertTests
{
    private static readonly DateTimeOffset November = new(2026, 11, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void The_id_of_a_crossing_is_the_hash_of_what_makes_it_up()
    {
        // SHA-256 of "23:purser.budget.threshold5:bud_10:18:6392908800000000002:80": worked out elsewhere.
        Assert.Equal("alert_NUMF4VqlQPFCcP3gv1_-yCFD", Alert.IdOf(AlertKind.Threshold, "bud_1", "", November, 80));
        Assert.Equal(
            "alert_NUMF4VqlQPFCcP3gv1_-yCFD",
            Alert.IdOf(AlertKind.Threshold, "bud_1", "", November.ToOffset(TimeSpan.FromHours(5)), 80)
        );
    }

    [Fact]
    public void Different_crossings_have_different_ids()
    {
        string[] ids =
        [
            Alert.IdOf(AlertKind.Threshold, "bud_1", "", November, 80),
            Alert.IdOf(AlertKind.Threshold, "bud_1", "", November, 50),
            Alert.IdOf(AlertKind.Threshold, "bud_1", "", November.AddMonths(1), 80),
            Alert.IdOf(AlertKind.Threshold, "bud_1", "alice", November, 80),
            Alert.IdOf(AlertKind.Threshold, "bud_1a", "lice", November, 80),
            Alert.IdOf(AlertKind.Threshold, "bud_2", "", November, 80),
            Alert.IdOf(AlertKind.Forecast, "bud_1", "", November, 80),
            Alert.IdOf(AlertKind.Forecast, "bud_1", "", null),
        ];
        Assert.Equal(ids.Length, ids.Distinct().Count());
        Assert.All(ids, id => Assert.Matches("^alert_[A-Za-z0-9_-]{24}$", id));
    }

    [Theory]
    [InlineData(AlertKind.Threshold, "purser.budget.threshold")]
    [InlineData(AlertKind.Forecast, "purser.budget.forecast")]
    [InlineData(AlertKind.Exhausted, "purser.budget.exhausted")]
    [InlineData(AlertKind.Overage, "purser.budget.overage")]
    [InlineData(AlertKind.Asked, "purser.budget.asked")]
    [InlineData(AlertKind.Unpriced, "purser.model.unpriced")]
    [InlineData(AlertKind.UsageViolation, "purser.usage.violation")]
    [InlineData(AlertKind.CredentialRefused, "purser.credential.refused")]
    [InlineData(AlertKind.BatchUnsettled, "purser.batch.unsettled")]
    [InlineData(AlertKind.SliceReverted, "purser.routing.reverted")]
    [InlineData(AlertKind.LedgerFault, "purser.ledger.fault")]
    [InlineData(AlertKind.Test, "purser.alert.test")]
    public void Types_have_their_pinned_names(AlertKind kind, string name) => Assert.Equal(name, AlertTypes.NameOf(kind));

    [Fact]
    public void Every_kind_has_a_type() => Assert.All(Enum.GetValues<AlertKind>(), kind => AlertTypes.NameOf(kind));

    [Fact]
    public void The_payload_is_these_bytes() =>
        Assert.Equal(
            """{"type":"purser.budget.threshold","timestamp":"2026-11-24T12:00:00Z","data":{"id":"alert_NUMF4VqlQPFCcP3gv1_-yCFD","budget_id":"bud_1","budget_name":"research monthly","scope":"research","window_start":"2026-11-01T00:00:00Z","window_end":"2026-12-01T00:00:00Z","threshold_percent":80,"unit":"usd","limit":"200.000000000","spent":"160.000000001","pending":"0.500000000","message":"research has used 80 % of its $200 for November.","action":"./purser budgets set --account research --usd 300 --window month"}}""",
            AlertPayload.Write(Sample.Threshold())
        );

    [Fact]
    public void What_an_alert_has_not_is_not_in_its_payload() =>
        Assert.Equal(
            """{"type":"purser.ledger.fault","timestamp":"2026-11-24T12:00:00Z","data":{"id":"alert_x","message":"The disk is full."}}""",
            AlertPayload.Write(
                new Alert
                {
                    Id = "alert_x",
                    Kind = AlertKind.LedgerFault,
                    At = Sample.Noon,
                    Message = "The disk is full.",
                }
            )
        );
}
