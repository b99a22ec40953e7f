using Purser.Core.Ledger;
using Purser.Gateway.Configuration;
using Purser.Gateway.Routing;
using Purser.Gateway.Storage;
using YamlDotNet.RepresentationModel;

namespace Purser.Gateway.Admin;

/// <summary>An account as an apply document writes it.</summary>
/// <param name="Path">Its path.</param>
/// <param name="Kind">What it is; null for what is usual.</param>
/// <param name="Budgets">Its budgets.</param>
/// <param name="Subscriptions">What it says of callers' own subscriptions; null: it's left as it is.</param>
/// <param name="Routing">What it says of routing; null: it's left as it is.</param>
internal sealed record WantedAccount(
    string Path,
    AccountKind? Kind,
    IReadOnlyList<BudgetRequest> Budgets,
    WantedPassthrough? Subscriptions,
    WantedRouting? Routing
);

/// <summary>What an account shall say of callers' own subscriptions.</summary>
/// <param name="Allowed">Yes, no, or null for as the account above has it.</param>
internal sealed record WantedPassthrough(bool? Allowed);

/// <summary>What an account shall say of routing.</summary>
/// <param name="Mode">A mode, or null for as the account above has it.</param>
internal sealed record WantedRouting(RoutingMode? Mode);

/// <summary>A key as an apply document writes it.</summary>
internal sealed record WantedKey(string Name, string Account, IReadOnlyList<BudgetRequest> Budgets);

/// <summary>
/// The declarative form of accounts, keys and budgets: what there shall be. Read whole, so that every error is reported at once.
/// </summary>
internal sealed class ApplyDocument
{
    private const string Passthrough = "subscription_passthrough";

    private const string RoutingKey = "routing";

    private static readonly string[] BudgetKeys =
    [
        .. BudgetRequest.UnitNames,
        "window",
        "name",
        "time_zone",
        "week_start",
        "year_start",
        "member",
        "tag",
        "run",
        "model",
        "provider",
        "on_exhausted",
        "thresholds",
        "forecast",
        "carry_over",
        "carry_over_cap",
        "borrow",
    ];

    private readonly YamlReader yaml = new("document");

    /// <summary>The organization's name, or null to leave it.</summary>
    public string? OrganizationName { get; private set; }

    /// <summary>The time zone of budgets that don't name their own, or null for UTC.</summary>
    public string? TimeZone { get; private set; }

    /// <summary>The organization's own budgets.</summary>
    public IReadOnlyList<BudgetRequest> OrganizationBudgets { get; private set; } = [];

    /// <summary>What the organization says of callers' own subscriptions; null to leave it.</summary>
    public WantedPassthrough? OrganizationSubscriptions { get; private set; }

    /// <summary>What the organization says of routing; null to leave it.</summary>
    public WantedRouting? OrganizationRouting { get; private set; }

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
                yaml.CheckKeys(organization, ["name", "time_zone", "budgets", Passthrough, RoutingKey]);
                OrganizationName = yaml.Text(organization, "name");
                TimeZone = ReadTimeZone(organization);
                OrganizationBudgets = ReadBudgets(organization);
                OrganizationSubscriptions = ReadPassthrough(organization);
                OrganizationRouting = ReadRouting(organization);
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
        yaml.CheckKeys(node, ["path", "kind", "budgets", Passthrough, RoutingKey]);
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
        var subscriptions = ReadPassthrough(node);
        var routing = ReadRouting(node);
        return path is null ? null : new WantedAccount(path, kind, budgets, subscriptions, routing);
    }

    private WantedPassthrough? ReadPassthrough(YamlMappingNode node) =>
        yaml.Choice<WantedPassthrough?>(
            node,
            Passthrough,
            [("allow", new WantedPassthrough(true)), ("deny", new WantedPassthrough(false)), ("inherit", new WantedPassthrough(null))]
        );

    private WantedRouting? ReadRouting(YamlMappingNode node) =>
        yaml.Choice<WantedRouting?>(
            node,
            RoutingKey,
            [
                .. new RoutingMode?[] { RoutingMode.Off, RoutingMode.Suggest, RoutingMode.Shadow, RoutingMode.On, null }.Select(mode =>
                    (RoutingModes.NameOf(mode), (WantedRouting?)new WantedRouting(mode))
                ),
            ]
        );

    private WantedKey? ReadKey(YamlMappingNode node)
    {
        yaml.CheckKeys(node, ["name", "account", "budgets"]);
        var name = yaml.RequiredText(node, "name");
        var account = yaml.RequiredText(node, "account");
        var budgets = ReadBudgets(node);
        return name is null || account is null ? null : new WantedKey(name, account, budgets);
    }

    private List<BudgetRequest> ReadBudgets(YamlMappingNode node)
    {
        var budgets = new List<BudgetRequest>();
        foreach (var budget in Mappings(node, "budgets"))
        {
            yaml.CheckKeys(budget, BudgetKeys);
            var units = BudgetRequest.UnitNames.Where(unit => budget.Children.ContainsKey(unit)).ToList();
            if (units.Count != 1)
            {
                yaml.Error(budget, $"A budget has exactly one of {string.Join(", ", BudgetRequest.UnitNames)}.");
                continue;
            }

            var request = new BudgetRequest
            {
                Name = yaml.Text(budget, "name"),
                Member = yaml.Text(budget, "member"),
                Tag = yaml.Text(budget, "tag"),
                Run = yaml.Text(budget, "run"),
                Model = yaml.Text(budget, "model"),
                Provider = yaml.Text(budget, "provider"),
                Unit = units[0],
                Limit = yaml.Text(budget, units[0]),
                Window = yaml.Text(budget, "window"),
                TimeZone = ReadTimeZone(budget),
                WeekStart = yaml.Text(budget, "week_start"),
                YearStart = yaml.Text(budget, "year_start"),
                OnExhausted = yaml.Text(budget, "on_exhausted"),
                Thresholds = yaml.Text(budget, "thresholds"),
                Forecast = yaml.Text(budget, "forecast"),
                CarryOver = yaml.Text(budget, "carry_over"),
                CarryOverCap = yaml.Text(budget, "carry_over_cap"),
                Borrow = yaml.Text(budget, "borrow"),
            };
            if (IsReadable(budget, request, units[0]))
            {
                budgets.Add(request);
            }
        }

        return budgets;
    }

    private bool IsReadable(YamlMappingNode budget, BudgetRequest request, string unit)
    {
        try
        {
            request.Parse();
            return true;
        }
        catch (RefusedChangeException wrong)
        {
            // The code names the key, where one key is what's wrong.
            var key = wrong.Code == "invalid_limit" ? unit : wrong.Code["invalid_".Length..];
            yaml.Error(budget.Children.TryGetValue(key, out var at) ? at : budget, wrong.Message);
            return false;
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
