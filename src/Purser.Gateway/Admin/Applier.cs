using System.Text;
using Microsoft.AspNetCore.Http;
using Purser.Core.Budgets;
using Purser.Core.Ledger;
using Purser.Gateway.Credentials;
using Purser.Gateway.Routing;
using Purser.Gateway.Storage;

namespace Purser.Gateway.Admin;

/// <summary>
/// Makes accounts, keys and budgets be what a document says. Applying twice changes nothing the second time. What an earlier apply
/// made and the document no longer has is taken away again (keys are disabled); what was made by hand stays, and accounts stay always,
/// for their history does. An account of an earlier apply that has another place in the document moves there.
/// </summary>
internal sealed class Applier
{
    private readonly ControlTransaction change;
    private readonly ApplyDocument document;
    private readonly List<Change> changes = [];
    private readonly List<NewKey> keys = [];
    private readonly HashSet<string> wanted = new(StringComparer.Ordinal);

    private Applier(ControlTransaction change, ApplyDocument document)
    {
        this.change = change;
        this.document = document;
    }

    /// <summary>Serves <c>POST /admin/v1/apply</c>.</summary>
    public static async Task<object?> ApplyAsync(AdminContext context, HttpContext http)
    {
        AdminEndpoints.LimitBody(http);
        using var reader = new StreamReader(http.Request.Body, Encoding.UTF8);
        var document = ApplyDocument.Parse(await reader.ReadToEndAsync(http.RequestAborted));
        if (document.Errors.Count > 0)
        {
            await AdminEndpoints.WriteErrorAsync(
                http,
                400,
                "invalid_document",
                string.Join('\n', document.Errors),
                null,
                document.Errors.Select(error => new
                {
                    error.Line,
                    error.Column,
                    error.Message,
                    error.Suggestion,
                })
            );
            return null;
        }

        var dryRun = http.Request.Query["dry_run"] == "true";
        try
        {
            return await context.Store.ChangeAsync(change =>
            {
                var result = new Applier(change, document).Run(applied: !dryRun);
                // A dry run does everything, and then undoes it: what it says is what would happen.
                return dryRun ? throw new DryRunException(result) : result;
            });
        }
        catch (DryRunException dry)
        {
            return dry.Result;
        }
    }

    private ApplyResult Run(bool applied)
    {
        ApplyOrganization();
        foreach (var account in document.Accounts)
        {
            ApplyAccount(account);
        }

        foreach (var key in document.Keys)
        {
            ApplyKey(key);
        }

        RemoveWhatIsGone();
        return new ApplyResult(changes, applied ? keys : [], applied);
    }

    private void ApplyOrganization()
    {
        var root = change.Current.Accounts.Root;
        if (document.OrganizationName is { } name && name != root.Name)
        {
            change.RenameAccount(root.Id, name);
            changes.Add(new Change("update", "organization", name, $"was {root.Name}"));
        }

        ApplySubscriptions(root.Id, root.Name, document.OrganizationSubscriptions);
        ApplyRouting(root.Id, root.Name, document.OrganizationRouting);
        ApplyBudgets(budget => budget with { Account = root.Id }, "organization", document.OrganizationBudgets);
    }

    private void ApplyAccount(WantedAccount account)
    {
        var slash = account.Path.LastIndexOf('/');
        var (name, parent) = (account.Path[(slash + 1)..], slash < 0 ? "" : account.Path[..slash]);
        var existing = change.Current.Accounts.Resolve(account.Path);
        var moved = existing is null ? FindMoved(account, name) : null;
        if (moved is not null)
        {
            var from = change.Current.Accounts.IsPlaced(moved.Id)
                ? $"from {change.Current.Accounts.PathOf(moved.Id)}"
                : "had no membership";
            changes.Add(new Change("move", BudgetNames.Of(moved.Kind), account.Path, from));
            // Its limits come first: it may need them where it goes.
            ApplyBudgets(budget => budget with { Account = moved.Id }, account.Path, account.Budgets);
            change.MoveAccount(moved.Id, parent, from: null);
            ApplySubscriptions(moved.Id, account.Path, account.Subscriptions);
            ApplyRouting(moved.Id, account.Path, account.Routing);
            return;
        }

        if (existing is null)
        {
            var kind = account.Kind ?? AccountKind.Team;
            existing = change.CreateAccount(name, kind, parent, applied: true);
            changes.Add(new Change("create", BudgetNames.Of(kind), account.Path, null));
        }
        else if (account.Kind is { } kind && kind != existing.Kind)
        {
            throw new RefusedChangeException(
                "kind_differs",
                $"'{account.Path}' is a {BudgetNames.Of(existing.Kind)}; it can't become a {BudgetNames.Of(kind)}."
            );
        }
        else
        {
            changes.Add(new Change("none", BudgetNames.Of(existing.Kind), account.Path, null));
        }

        ApplySubscriptions(existing.Id, account.Path, account.Subscriptions);
        ApplyRouting(existing.Id, account.Path, account.Routing);
        ApplyBudgets(budget => budget with { Account = existing.Id }, account.Path, account.Budgets);
    }

    private void ApplySubscriptions(string id, string name, WantedPassthrough? wantedSetting)
    {
        var said = change.Current.Subscriptions.Of(id);
        if (wantedSetting is null || wantedSetting.Allowed == said)
        {
            return;
        }

        change.SetSubscriptions(id, wantedSetting.Allowed);
        var (now, was) = (SubscriptionSettings.NameOf(wantedSetting.Allowed), SubscriptionSettings.NameOf(said));
        changes.Add(new Change("update", "subscription_passthrough", name, $"{now}, was {was}"));
    }

    private void ApplyRouting(string id, string name, WantedRouting? wantedMode)
    {
        var said = change.Current.Routing.Of(id);
        if (wantedMode is null || wantedMode.Mode == said)
        {
            return;
        }

        change.SetRouting(id, wantedMode.Mode);
        changes.Add(new Change("update", "routing", name, $"{RoutingModes.NameOf(wantedMode.Mode)}, was {RoutingModes.NameOf(said)}"));
    }

    /// <summary>
    /// The account that an earlier document had in another place: one of the name and the kind, which an apply made, and which isn't where
    /// this document has an account. Null where there is none.
    /// </summary>
    /// <exception cref="RefusedChangeException">There are several.</exception>
    private Account? FindMoved(WantedAccount account, string name)
    {
        var (accounts, applied) = (change.Current.Accounts, change.Applied("accounts"));
        var kept = document.Accounts.Select(other => accounts.Resolve(other.Path)?.Id).ToHashSet(StringComparer.Ordinal);
        var candidates = accounts
            .All.Where(other =>
                string.Equals(other.Name, name, StringComparison.OrdinalIgnoreCase)
                && (account.Kind is null || other.Kind == account.Kind)
                && applied.Contains(other.Id)
                && !kept.Contains(other.Id)
            )
            .ToList();
        return candidates.Count <= 1
            ? candidates.SingleOrDefault()
            : throw new RefusedChangeException(
                "ambiguous_move",
                $"'{account.Path}' is new here, and {candidates.Count} accounts of that name aren't in the document any more: "
                    + $"{string.Join(", ", candidates.Select(other => accounts.PathOf(other.Id)))}.",
                "Say which one moved first: purser accounts move ACCOUNT --to PARENT"
            );
    }

    private void ApplyKey(WantedKey key)
    {
        var account = change.ResolveAccount(key.Account);
        var existing = change.Current.Keys.FirstOrDefault(other =>
            other.Name == key.Name && other.AccountId == account.Id && !other.Disabled
        );
        if (existing is null)
        {
            var (created, secret) = change.CreateKey(account.Id, key.Name, null, applied: true);
            existing = created;
            keys.Add(new NewKey(key.Name, created.Id, key.Account, secret));
            changes.Add(new Change("create", "key", key.Name, $"for {key.Account}"));
        }
        else
        {
            changes.Add(new Change("none", "key", key.Name, null));
        }

        wanted.Add(existing.Id);
        ApplyBudgets(budget => budget with { Key = existing.Id }, $"key {key.Name}", key.Budgets);
    }

    private void ApplyBudgets(Func<BudgetRequest, BudgetRequest> owned, string owner, IReadOnlyList<BudgetRequest> budgets)
    {
        foreach (var request in budgets)
        {
            var wantedBudget = owned(request with { TimeZone = request.TimeZone ?? document.TimeZone }).Resolve(change);
            var existing = change.Current.Budgets.FirstOrDefault(wantedBudget.Replaces);
            var text =
                $"{Budget.Format(wantedBudget.Unit, wantedBudget.Limit)} {BudgetNames.Of(wantedBudget.Unit)} {BudgetNames.Phrase(wantedBudget.Window)}";
            if (
                existing is not null
                && BudgetJson.Write(existing) == BudgetJson.Write(wantedBudget.ToBudget(existing.Id, request.Name ?? existing.Name))
            )
            {
                changes.Add(new Change("none", "budget", owner, text));
                wanted.Add(existing.Id);
                continue;
            }

            var set = change.SetBudget(wantedBudget, applied: true);
            wanted.Add(set.Id);
            changes.Add(
                existing is null
                    ? new Change("create", "budget", owner, text)
                    : new Change("update", "budget", owner, $"{text}, was {Budget.Format(existing.Unit, existing.Limit)}")
            );
        }
    }

    private void RemoveWhatIsGone()
    {
        foreach (var id in change.Applied("keys").Where(id => !wanted.Contains(id)))
        {
            if (change.Current.FindKey(id) is { Disabled: false } key)
            {
                change.DisableKey(id);
                changes.Add(new Change("delete", "key", key.Name, "disabled"));
            }
        }

        foreach (var id in change.Applied("budgets").Where(id => !wanted.Contains(id)))
        {
            if (change.Current.Budgets.FirstOrDefault(budget => budget.Id == id) is { } budget)
            {
                change.RemoveBudget(id);
                changes.Add(new Change("delete", "budget", budget.Name, Budget.Format(budget.Unit, budget.Limit)));
            }
        }
    }

    private sealed class DryRunException(ApplyResult result) : Exception
    {
        public ApplyResult Result => result;
    }

    private sealed record Change(string Action, string Kind, string Name, string? Detail);

    private sealed record NewKey(string Name, string Id, string Account, string Key);

    private sealed record ApplyResult(IReadOnlyList<Change> Changes, IReadOnlyList<NewKey> Keys, bool Applied);
}
