using CsCheck;
using Purser.Core.Budgets;
using Xunit;

namespace Purser.Core.Tests.Budgets;

public sealed class ScopeTests
{
    private static readonly string[] Odd = ["*", "x=*", "x=a=*", "s+model:x", "s+key:*", "%2B", "", "=", "=*", "%", "a%2", "key:*"];

    private static readonly Gen<string> Ids = Gen.OneOf(
        Gen.String,
        Gen.String["+%*:=/\u0000\u0085\u007fabAB02"],
        Gen.Int[0, Odd.Length - 1].Select(place => Odd[place])
    );

    private static readonly Gen<Scope> Scopes = Gen.Select(
        Gen.Enum<ScopeKind>(),
        Ids,
        Gen.Int[0, 3],
        (kind, id, each) =>
            each > 0 ? new Scope(kind, id)
            : kind == ScopeKind.Tag ? Scope.EachTag(id.Replace("=", "", StringComparison.Ordinal))
            : Scope.EachOf(kind)
    );

    private static readonly Gen<BudgetScope> BudgetScopes = Gen.Select(
        Scopes,
        Scopes,
        Gen.Bool,
        (first, second, pair) => pair ? new BudgetScope(first, second) : first
    );

    [Fact]
    public void Any_scope_is_read_back_as_it_was_written() =>
        BudgetScopes.Sample(scope => BudgetScope.Parse(scope.ToString()) == scope, iter: Sampling.Times(50_000));

    [Fact]
    public void No_two_scopes_are_written_alike() =>
        Gen.Select(BudgetScopes, BudgetScopes)
            .Sample((one, other) => (one == other) == (one.ToString() == other.ToString()), iter: Sampling.Times(50_000));

    [Fact]
    public void What_can_be_read_is_written_the_same_way() =>
        Gen.Select(Gen.Enum<ScopeKind>(), Gen.String["+%*:=2aABb5"])
            .Sample(
                (kind, id) =>
                {
                    var text = $"{kind.ToString().ToLowerInvariant()}:{id}";
                    try
                    {
                        return BudgetScope.Parse(text).ToString() == text;
                    }
                    catch (FormatException)
                    {
                        return true;
                    }
                },
                iter: Sampling.Times(50_000)
            );

    [Theory]
    [InlineData("")]
    [InlineData("key")]
    [InlineData(":a")]
    [InlineData("0:a")]
    [InlineData("Key:a")]
    [InlineData("colour:a")]
    [InlineData("key:a+")]
    [InlineData("+key:a")]
    [InlineData("key:a+b")]
    [InlineData("key:a+model:b+run:c")]
    [InlineData("key:a%")]
    [InlineData("key:a%2")]
    [InlineData("key:a%2b")]
    [InlineData("key:a%41")]
    [InlineData("key:a%GG")]
    [InlineData("key:a*")]
    [InlineData("tag:*")]
    [InlineData("tag:x=a=*")]
    [InlineData("tag:x=*y")]
    [InlineData("run:a\nb")]
    public void What_no_scope_is_written_as_is_refused(string text) => Assert.Throws<FormatException>(() => BudgetScope.Parse(text));

    [Fact]
    public void An_id_that_looks_like_each_is_one_id()
    {
        foreach (
            var (each, literal) in ((Scope, Scope)[])
                [(Scope.EachTag("x"), new(ScopeKind.Tag, "x=*")), (Scope.EachOf(ScopeKind.Model), new(ScopeKind.Model, "*"))]
        )
        {
            Assert.NotEqual(each, literal);
            Assert.Equal((true, false), (each.IsEach, literal.IsEach));
            Assert.True(each.Covers(literal));
            Assert.False(literal.Covers(literal with { Id = literal.Id.Replace("*", "a", StringComparison.Ordinal) }));
        }

        Assert.False(new Scope(ScopeKind.Tag, "x=a=*").Covers(new Scope(ScopeKind.Tag, "x=a=b")));
        Assert.True(Scope.EachTag("x").Covers(new Scope(ScopeKind.Tag, "x=a=b")));
    }
}
