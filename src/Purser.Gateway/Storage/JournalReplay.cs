using System.Text.Json;
using Microsoft.Data.Sqlite;
using Purser.Core.Ledger;

namespace Purser.Gateway.Storage;

/// <summary>
/// Carries out the journal again: the ledger is what its entries make of it, and nothing else. Everything that a rule granted is among
/// the entries.
/// </summary>
internal sealed class JournalReplay(SqliteConnection connection, Definitions definitions, LedgerState state)
{
    /// <summary>Carries out the entries after one, up to another.</summary>
    /// <exception cref="InvalidDataException">An entry can't be read, or what it did can't be done now: the journal isn't what was written.</exception>
    public void Run(long after, long upTo)
    {
        state.Replaying = true;
        foreach (var entry in JournalReader.Entries(connection, after, upTo))
        {
            Apply(entry);
        }

        state.Replaying = false;
    }

    private void Apply(JournalEntry entry)
    {
        var at = state.Advance(JournalWriter.FromMicroseconds(entry.At));
        switch (entry.Kind)
        {
            case JournalKind.Reserve:
                var scopes = definitions.Scopes(entry.SubjectId, entry.RouteId);
                var reservation = state.Reserve(entry.Attempt, scopes, entry.Amount, at).Reservation;
                Expect(entry, reservation is not null);
                (reservation!.SubjectId, reservation.RouteId) = (entry.SubjectId, entry.RouteId);
                break;
            case JournalKind.Extend:
                Expect(entry, state.Extend(entry.Attempt, entry.Amount, at).Status == ReserveStatus.Reserved);
                break;
            case JournalKind.Post:
                Expect(entry, state.Post(entry.Attempt, entry.Amount).Status == SettleStatus.Settled);
                break;
            case JournalKind.Void:
                Expect(entry, state.Void(entry.Attempt).Status == SettleStatus.Settled);
                break;
            case JournalKind.Adjust:
                state.Adjust(
                    definitions.Scopes(entry.SubjectId, entry.RouteId),
                    JournalWriter.FromMicroseconds(entry.AdmittedAt),
                    entry.Amount
                );
                break;
            case JournalKind.Grant:
                state.AddGrant(BudgetJson.ReadGrant(entry.Text!), at);
                break;
            case JournalKind.Control:
                Change(entry);
                break;
        }
    }

    private void Change(JournalEntry entry)
    {
        using var note = JsonDocument.Parse(entry.Text!);
        if (!note.RootElement.TryGetProperty("budget", out var action))
        {
            return;
        }

        var budget = BudgetJson.ReadBudget(note.RootElement.GetProperty("definition").GetString()!);
        if (action.GetString() == "remove")
        {
            state.RemoveBudget(budget);
        }
        else if (!state.ChangeBudget(budget))
        {
            state.AddBudget(budget, new PastCharges(connection, definitions, entry.Seq).In(budget.Window, state.HighWater));
        }
    }

    private static void Expect(JournalEntry entry, bool done)
    {
        if (!done)
        {
            throw new InvalidDataException(
                $"Entry {entry.Seq} of the journal ({entry.Kind.ToString().ToLowerInvariant()} of {entry.Attempt}) can't be carried out again: "
                    + "the journal isn't what was written. See: purser ledger verify"
            );
        }
    }
}
