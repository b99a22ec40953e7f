using Xunit;

namespace Purser.Architecture.Tests;

/// <summary>Each rule holds over the source, and finds the sample that breaks it: a rule that can't fail is not a rule.</summary>
public sealed class SourceRuleTests
{
    private static readonly string[] Everything = ["src", "tests", "benchmarks"];

    // A test holds the exact bytes that it is about, however long they are: its length is not its complexity.
    private static readonly string[] Programs = ["src", "benchmarks"];
    private static readonly string[] Product = ["src"];

    // A benchmark paces its load with the real clock.
    private static readonly string[] ProductAndTests = ["src", "tests"];

    // Where money is held or computed.
    private static readonly string[] Money =
    [
        "src/Purser.Core/Pricing",
        "src/Purser.Core/Usage",
        "src/Purser.Core/Ledger",
        "src/Purser.Core/Budgets",
        "src/Purser.Gateway/Storage",
        "src/Purser.Gateway/Analytics",
        "src/Purser.Analytics",
    ];

    private static readonly Dictionary<
        string,
        (Func<SourceFile, IEnumerable<string>> Check, string[] Folders, string Bad, string Good)
    > Rules = new()
    {
        ["files are short"] = (
            SourceRules.FileIsShort,
            Everything,
            string.Concat(Enumerable.Repeat("// line\n", 501)),
            string.Concat(Enumerable.Repeat("// line\n", 500))
        ),
        ["methods are short"] = (SourceRules.MethodIsShort, Programs, MethodOf(61), MethodOf(60)),
        ["nothing is unfinished"] = (
            SourceRules.NothingIsUnfinished,
            Everything,
            "class A { /* TODO: later */ }",
            """class A { string Word => "TODO"; }"""
        ),
        ["nothing is left to implement"] = (
            SourceRules.NothingIsUnfinished,
            Everything,
            "class A { void M() => throw new NotImplementedException(); }",
            "class A { void M() => throw new NotSupportedException(); }"
        ),
        ["no thread sleeps"] = (
            SourceRules.NoThreadSleeps,
            ProductAndTests,
            "class A { void M() => System.Threading.Thread.Sleep(1); }",
            "class A { void M() => thread.Join(); }"
        ),
        ["delays take a clock"] = (
            SourceRules.DelaysTakeAClock,
            Product,
            "class A { Task M() => Task.Delay(TimeSpan.FromSeconds(1), cancellation); }",
            "class A { Task M() => Task.Delay(TimeSpan.FromSeconds(1), clock, cancellation); }"
        ),
        ["money has no binary fractions"] = (
            SourceRules.NoBinaryFractions,
            Money,
            "class A { double Price; }",
            "class A { decimal Price = 0.5m; }"
        ),
        ["money has no binary literals"] = (
            SourceRules.NoBinaryFractions,
            Money,
            "class A { decimal Price = (decimal)0.5; }",
            "class A { decimal Price = 5; }"
        ),
        ["names say something"] = (SourceRules.NamesSaySomething, Everything, "class BudgetManager;", "class ManagerOfOne;"),
    };

    public static TheoryData<string> Names => [.. Rules.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void The_rule_holds_over_the_source(string rule)
    {
        var (check, folders, _, _) = Rules[rule];
        var files = Repository.Sources(folders);
        Assert.NotEmpty(files);
        Found.Nothing(files.SelectMany(check));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_rule_finds_what_breaks_it_and_nothing_else(string rule)
    {
        var (check, _, bad, good) = Rules[rule];
        Assert.Single(check(SourceFile.Parse("bad.cs", bad)));
        Assert.Empty(check(SourceFile.Parse("good.cs", good)));
    }

    [Fact]
    public void An_interface_has_more_than_one_implementation()
    {
        Found.Nothing(Interfaces.WithOneImplementation(Repository.Sources("src")));
    }

    [Fact]
    public void An_interface_with_one_implementation_is_found()
    {
        var lonely = SourceFile.Parse("lonely.cs", "interface IBill; class Bill : IBill;");
        var two = SourceFile.Parse("two.cs", "interface IFormat<T>; class A : IFormat<int>; class B : Some.IFormat<string>;");
        Assert.Equal(["lonely.cs:1: 'IBill' has 1 implementation"], Interfaces.WithOneImplementation([lonely, two]));
    }

    private static string MethodOf(int lines) => $"class A\n{{\n    void M()\n    {{\n{new string('\n', lines - 3)}    }}\n}}\n";
}
