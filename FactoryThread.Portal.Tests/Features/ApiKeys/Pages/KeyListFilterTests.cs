using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Features.ApiKeys.Pages;

namespace FactoryThread.Portal.Tests.Features.ApiKeys.Pages;

public sealed class KeyListFilterTests
{
    [Fact]
    public void The_plain_list_has_a_plain_address()
        => Assert.All(new KeyListFilter().ToQuery(), parameter => Assert.Null(parameter.Value));

    [Fact]
    public void An_address_leads_back_to_the_filter_it_was_made_from()
    {
        var filter = new KeyListFilter
        {
            Search = "erp sync",
            Status = KeyStatus.Revoked,
            Environment = KeyEnvironment.Test,
            Permission = KeyPermission.SpecificFlows,
            Kind = KeyKind.CiCd,
            OwnerId = "owner-1",
            RotationDue = true,
            Unused = true,
            ExpiresSoon = true,
            Sort = ApiKeySort.Expires,
            Descending = true,
            Page = 3,
            Rows = 50,
        };

        Assert.Equal(filter, Parse(filter));
        Assert.All(Enum.GetValues<ApiKeySort>(), sort =>
        {
            var ascending = new KeyListFilter { Sort = sort, Descending = false };
            var descending = ascending with { Descending = true };
            Assert.Equal((ascending, descending), (Parse(ascending), Parse(descending)));
        });

        static KeyListFilter Parse(KeyListFilter filter)
        {
            var query = filter.ToQuery();
            return KeyListFilter.Parse(name => query[name]?.ToString());
        }
    }

    [Fact]
    public void Another_order_begins_on_the_first_page()
        => Assert.Equal(new KeyListFilter { Sort = ApiKeySort.Name, Descending = false }, new KeyListFilter { Page = 3 }.SortedBy(ApiKeySort.Name));

    [Theory]
    [InlineData(1, 25, 50, 1)]
    [InlineData(3, 25, 50, 2)]
    [InlineData(4, 25, 50, 2)]
    [InlineData(2, 100, 25, 5)]
    public void Longer_and_shorter_pages_go_on_showing_the_first_row_of_this_one(int page, int before, int rows, int then)
        => Assert.Equal(new KeyListFilter { Rows = rows, Page = then }, new KeyListFilter { Rows = before, Page = page }.WithRows(rows));

    [Theory]
    [InlineData("page", "0")]
    [InlineData("page", "-3")]
    [InlineData("page", "99999999999")]
    [InlineData("rows", "0")]
    [InlineData("rows", "1000000")]
    [InlineData("rows", "+50")]
    [InlineData("expires", "later")]
    [InlineData("status", "7")]
    [InlineData("status", "Active")]
    [InlineData("sort", "; DROP TABLE")]
    [InlineData("order", "sideways")]
    public void What_an_address_says_wrongly_is_left_out(string parameter, string value)
        => Assert.Equal(new KeyListFilter(), KeyListFilter.Parse(name => name == parameter ? value : null));
}
