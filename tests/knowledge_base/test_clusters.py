"""Questions nobody could answer are put together when they ask the same, and left apart when they only sound alike."""

from knowledge_base.clusters import cluster


def test_the_same_wish_in_other_words_is_one_group_and_the_opposite_wish_another(encoder):
    asked = ["怎么申请退款", "如何申请退款", "退款怎么申请"]
    asked += ["怎么开通会员", "怎么取消会员", "泳池几点开门", "游泳池几点开放"]
    groups = [{asked[place] for place in each.members} for each in cluster(asked, encoder.encode(asked))]
    assert {"怎么申请退款", "如何申请退款", "退款怎么申请"} in groups
    assert {"泳池几点开门", "游泳池几点开放"} in groups
    assert {"怎么开通会员"} in groups and {"怎么取消会员"} in groups
