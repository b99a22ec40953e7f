using Purser.Core.Budgets;
using Purser.Core.Ledger;
using Purser.Gateway.Configuration;
using Purser.Gateway.Storage;
using YamlDotNet.RepresentationModel;

namespace Purser.Gateway.Admin;

/// <summary>A budget as an apply document writes it.</summary>
internal sealed record WantedBudget(BudgetUnit Unit, WindowKind Window, long Limit, string? Name, string? TimeZone);

/// <summary>An account as an apply document writes it.</summary>
internal sealed record WantedAccount(string Path, AccountKind? Kind, IReadOnlyList<WantedBudget> Budgets);

/// <summary>A key as an apply document writes it.</summary>
internal sealed record WantedKey(string Name, string Account, IReadOnlyList<WantedBudget> Budgets);

/// <summary>
/// The declarative form of accounts, keys and budgets: what there shall be. Read whole, so that every error is reported at once.
/// </summary>
internal sealed class ApplyDocument
{
    private static readonly (string Name, BudgetUnit Unit)[] Units =
    [
        ("usd", BudgetUnit.Usd),
        ("tokens", BudgetUnit.Tokens),
        ("requests", BudgetUnit.Requests),
    ];

    private readonly YamlReader yaml = new("document");

    /// <summary>The organization's name, or null to leave it.</summary>
    public string? OrganizationName { get; private set; }

    /// <summary>The time zone of budgets that don't name their own, or null for UTC.</summary>
    public string? TimeZone { get; private set; }

    /// <summary>The organization's own budgets.</summary>
    public IReadOnlyList<WantedBudget> OrganizationBudgets { get; private set; } = [];

    /// <summary>The accounts, parents before children.</summary>
    public IReadOnlyList<WantedAccount> Accounts { get; private set; } = [];

    /// <summary>The keys.</summary>
    public IReadOnlyList<WantedKey> Keys { get; private set; } = [];

    /// <summary>All that is wrong.</summary>
    public IReadOnlyList<DocumentError> Errors => yaml.Errors;

    /// <summary>Reads a document.</summary>
    public static ApplyDocument Parse(string text)
    {
        var document = new ApplyDocument();
        if (document.yaml.Root(text) is { } root)
        {
            document.Read(root);
        }

        return document;
    }

    private void Read(YamlMappingNode root)
    {
        yaml.CheckKeys(root, ["organization", "accounts", "keys"]);
        if (root.Children.TryGetValue("organization", out var node))
        {
            if (node is YamlMappingNode organization)
            {
                yaml.CheckKeys(organization, ["name", "time_zone", "budgets"]);
                OrganizationName = yaml.Text(organization, "name");
                TimeZone = ReadTimeZone(organization);
                OrganizationBudgets = ReadBudgets(organization);
            }
            else
            {
                yaml.Error(node, "'organization' must be a mapping.");
            }
        }

        Accounts =
        [
            .. Mappings(root, "accounts").Select(ReadAccount).OfType<WantedAccount>().OrderBy(account => account.Path.Count(c => c == '/')),
        ];
        Keys = [.. Mappings(root, "keys").Select(ReadKey).OfType<WantedKey>()];
    }

    private WantedAccount? ReadAccount(YamlMappingNode node)
    {
        yaml.CheckKeys(node, ["path", "kind", "budgets"]);
        var path = yaml.RequiredText(node, "path")?.Trim('/');
        var kind = yaml.Choice<AccountKind?>(
            node,
            "kind",
            [
                ("department", AccountKind.Department),
                ("team", AccountKind.Team),
                ("project", AccountKind.Project),
                ("member", AccountKind.Member),
            ]
        );
        var budgets = ReadBudgets(node);
        return path is null ? null : new WantedAccount(path, kind, budgets);
    }

    private WantedKey? ReadKey(YamlMappingNode node)
    {
        yaml.CheckKeys(node, ["name", "account", "budgets"]);
        var name = yaml.RequiredText(node, "name");
        var account = yaml.RequiredText(node, "account");
        var budgets = ReadBudgets(node);
        return name is null || account is null ? null : new WantedKey(name, account, budgets);
    }

    private List<WantedBudget> ReadBudgets(YamlMappingNode node)
    {
        var budgets = new List<WantedBudget>();
        foreach (var budget in Mappings(node, "budgets"))
        {
            yaml.CheckKeys(budget, ["usd", "tokens", "requests", "window", "name", "time_zone"]);
            var units = Units.Where(unit => budget.Children.ContainsKey(unit.Name)).ToList();
            if (units.Count != 1)
            {
                yaml.Error(budget, "A budget has exactly one of usd, tokens and requests.");
                continue;
            }

            var limit = ReadLimit(budget, units[0].Name, units[0].Unit);
            var window = yaml.Choice<WindowKind?>(
                budget,
                "window",
                [.. Enum.GetValues<WindowKind>().Select(kind => (AdminEndpoints.Lower(kind), (WindowKind?)kind))]
            );
            var zone = ReadTimeZone(budget);
            if (limit is { } amount)
            {
                budgets.Add(new WantedBudget(units[0].Unit, window ?? WindowKind.Month, amount, yaml.Text(budget, "name"), zone));
            }
        }

        return budgets;
    }

    private long? ReadLimit(YamlMappingNode budget, string key, BudgetUnit unit)
    {
        try
        {
            return yaml.Text(budget, key) is { } text ? BudgetView.ParseLimit(unit, text) : null;
        }
        catch (RefusedChangeException wrong)
        {
            yaml.Error(budget[key], wrong.Message);
            return null;
        }
    }

    private string? ReadTimeZone(YamlMappingNode node)
    {
        if (yaml.Text(node, "time_zone") is not { } id)
        {
            return null;
        }

        if (!TimeZoneInfo.TryFindSystemTimeZoneById(id, out _))
        {
            yaml.Error(node["time_zone"], $"'{id}' isn't a time zone.", "a name like Europe/Berlin or UTC");
        }

        return id;
    }

    private IEnumerable<YamlMappingNode> Mappings(YamlMappingNode node, string key)
    {
        foreach (var item in yaml.Items(node, key))
        {
            if (item is YamlMappingNode mapping)
            {
                yield return mapping;
            }
            else
            {
                yaml.Error(item, $"Each of '{key}' must be a mapping.");
            }
        }
    }
}
