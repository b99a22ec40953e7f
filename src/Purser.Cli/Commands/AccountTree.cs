using Purser.Cli.Api;
using Purser.Cli.Output;

namespace Purser.Cli.Commands;

/// <summary>Draws the accounts as a tree, each with its budgets behind it.</summary>
internal static class AccountTree
{
    /// <summary>Draws it.</summary>
    public static void Write(TextWriter output, IReadOnlyList<AccountView> accounts, IReadOnlyList<BudgetView> budgets)
    {
        var ids = accounts.Select(account => account.Id).ToHashSet(StringComparer.Ordinal);
        var children = accounts
            .Where(account => account.Parent is not null && ids.Contains(account.Parent))
            .ToLookup(account => account.Parent!, StringComparer.Ordinal);
        var budgetsOf = budgets
            .Where(budget => budget.Scope.Kind is "account" or "member")
            .ToLookup(budget => budget.Scope.Id, StringComparer.Ordinal);

        foreach (var root in accounts.Where(account => account.Parent is null || !ids.Contains(account.Parent)))
        {
            // Beside the organization stands whoever has no membership: it has no path.
            output.WriteLine($"{Label(root, budgetsOf)}{(root.Path is null ? "  no membership" : "")}");
            WriteChildren(output, root, "", children, budgetsOf);
        }
    }

    private static void WriteChildren(
        TextWriter output,
        AccountView parent,
        string indent,
        ILookup<string, AccountView> children,
        ILookup<string, BudgetView> budgetsOf
    )
    {
        var below = children[parent.Id].OrderBy(account => account.Name, StringComparer.Ordinal).ToList();
        for (var i = 0; i < below.Count; i++)
        {
            var last = i == below.Count - 1;
            output.WriteLine($"{indent}{(last ? "└─ " : "├─ ")}{Label(below[i], budgetsOf)}");
            WriteChildren(output, below[i], indent + (last ? "   " : "│  "), children, budgetsOf);
        }
    }

    private static string Label(AccountView account, ILookup<string, BudgetView> budgetsOf)
    {
        var label = $"{Printable.Line(account.Name)} ({account.Kind})";
        var budgets = budgetsOf[account.Id].Select(BudgetText.Short).ToList();
        return budgets.Count == 0 ? label : $"{label}  {string.Join(", ", budgets)}";
    }
}
